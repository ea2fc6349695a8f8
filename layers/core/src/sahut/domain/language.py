"""Which language a short text is in: Indonesian or English, for texts of a few words and mixed ones.

Counts small words that occur in one of the two only, and Indonesian affixes. When nothing speaks for
either, the tenant's default decides; other languages are not recognised.
"""

import re

from sahut.domain.words import tokens, word_set

INDONESIAN = "id"
ENGLISH = "en"

_INDONESIAN = word_set(
    """
    ada adalah agar aja akan akun aku alamat anda apa apakah atau bagaimana baju banget banyak barang baru
    batik bayar bagian bahwa belanja belum berapa beli besok biaya bila bisa blm boleh brp buat buka bukan
    butuh cara cek coba cuma dalam dan dapat dari dengan deh dia dong dulu halo harga hari harus hilang
    hubungi ingin ini itu iya jadi jalan jam jangan jika juga kak kakak kalau kami kamu kapan karena kartu ke
    kemarin kemana kenapa kirim kita kok kurir lagi lain lama lebih libur lusa lupa maaf mahal makasih malam
    mana masih mas masuk mau mbak mohon murah nanti nggak nih nomor ongkir orang pagi paket pakai pak
    pesan pesanan pernah perlu permisi produk pulang punya rusak saja salah sama sampai satu saya sebelum
    sekarang selamat semua sesuai seperti siang siapa sih sini siapakah sore sudah tadi tahu tanya tapi
    terima tidak tolong toko tutup uang udah ukuran untuk warna yang ya
    """
)
_ENGLISH = word_set(
    """
    a about account address after am an and any are as at be because been before bye but buy by can cannot
    card cost could day days delivery did do does don for from get give good got had has have hello help her
    here hi hours how i if in is it its just know like long lost make may me money month morning much my need
    new no not of on open or order our out over pay please price return send shall she ship should
    size some still take tell thank thanks that the their them then there these they this those time to
    today tomorrow too up us want was we were what when where which who why will with would yes
    yesterday you your
    """
)
# Formal affixes that English words hardly carry: menyetrika, pengiriman, berlaku, dikembalikan.
_AFFIXED = re.compile(r"(?:meng|meny|peng|peny|memp|memb|diper|keter)[a-z]{3,}|[a-z]{4,}(?:kan|nya|lah|kah)")


def detect_language(text: str, default: str) -> str:
    """`id` or `en`; `default` when the text speaks for neither (empty, a number, another language)."""
    indonesian = english = 0.0
    for word in tokens(text):
        if word in _INDONESIAN:
            indonesian += 1.0
        elif word in _ENGLISH:
            english += 1.0
        elif _AFFIXED.fullmatch(word):
            indonesian += 0.7
    if indonesian == english:
        return default
    # Mixed chats are Indonesian sentences with English nouns ("refund-nya berapa days"): a tie that
    # is close goes to Indonesian, whose small words nobody uses in an English sentence.
    return INDONESIAN if indonesian >= 0.7 * english else ENGLISH


def pick_language(detected: str, offered: tuple[str, ...], default: str) -> str:
    """The language of our own words: the customer's if the tenant offers it, else the default."""
    return detected if detected in offered else default
