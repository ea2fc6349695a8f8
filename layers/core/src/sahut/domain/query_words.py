"""Word lists of domain/query.py: how Indonesian and English chats go on from one question to the next."""

from collections.abc import Sequence

from sahut.domain.words import word_set

SUFFIX = "nya"

# Said before a question goes on; says nothing.
_FILLERS = word_set(
    """
    ok oke okay okey oh ooh hmm hm ah eh thanks thank you makasih makasi terima kasih sip siap baik great
    perfect good nice noted well alright yes yeah yep ya iya kak kakak min admin gan sis pak bu mas mbak hi
    halo hai please dong nih sih deh
    """
)


def opening(words: Sequence[str]) -> list[str]:
    """The words from the first one that isn't a filler."""
    at = next((n for n, word in enumerate(words) if word not in _FILLERS), len(words))
    return spoken(words[at:])


def spoken(words: Sequence[str]) -> list[str]:
    """Shorthand of follow-ups spelt out, particles left out."""
    spelt = (_SPELT.get(word, word) for word in words)
    return [word for word in spelt if word not in _PARTICLES]


_PARTICLES = word_set("ya yah sih dong nih deh kak kakak min admin gan sis mas mbak pak bu please pls tho")
_SPELT = {
    "trs": "terus", "trus": "terus", "trz": "terus", "truss": "terus", "teros": "terus", "abt": "about",
    "abot": "about", "bout": "about", "wat": "what", "wht": "what", "hw": "how", "nd": "and", "n": "and",
    "adn": "and", "utk": "untuk", "buat": "untuk", "tp": "tapi", "bgmna": "bagaimana", "cma": "cuma",
    "kalu": "kalau", "kaloo": "kalau", "klau": "kalau", "kl": "kalau", "yng": "yang", "yag": "yang",
    "long": "long", "brapa": "berapa", "berpa": "berapa", "brpaan": "berapa", "mch": "much", "muc": "much",
    "lng": "long", "same": "same", "gmana": "bagaimana", "dmn": "dimana", "kmn": "kemana",
}  # fmt: skip

# Longest first: the first that fits is taken.
OPENERS: tuple[tuple[str, ...], ...] = tuple(
    sorted(
        (
            tuple(phrase.split())
            for phrase in (
                "and what about", "and how about", "and if", "and for", "and to", "and in", "and on",
                "and with", "and the", "and", "what about", "how about", "what if", "same for",
                "same question for", "is it the same for", "also", "then", "so", "but", "but what about",
                "or", "in that case", "for", "to", "with", "terus kalau", "terus", "lalu kalau", "lalu",
                "dan kalau", "dan untuk", "dan", "bagaimana dengan", "bagaimana kalau", "kalau yang",
                "kalau untuk", "kalau ke", "kalau di", "kalau dari", "kalau", "jika", "tapi kalau", "tapi",
                "atau", "yang", "untuk yang", "untuk", "ke", "di", "dari", "sama", "kalau begitu",
                "berarti", "jadi", "what of", "only", "cuma", "selain",
            )
        ),
        key=len,
        reverse=True,
    )
)  # fmt: skip
# Complete questions begin with these as well.
WEAK_OPENERS = frozenset(
    tuple(phrase.split())
    for phrase in (
        "kalau", "jika", "yang", "untuk", "ke", "di", "dari", "for", "to", "with", "so", "then", "also",
        "jadi", "berarti", "or", "atau", "sama", "only", "cuma", "selain", "kalau ke", "kalau di",
        "kalau dari", "kalau untuk", "what if", "and if", "terus kalau", "lalu kalau", "dan kalau",
        "tapi kalau", "and the", "bagaimana kalau",
    )
)  # fmt: skip

ANAPHORS = (
    "it", "its", "them", "they", "these", "those", "that one", "this one", "the other one", "the same",
    "the other", "is that", "does that", "about that", "of that", "for that", "with that", "do that", "one",
    "ones", "itu", "ini", "tersebut", "segitu", "begitu", "di sana", "ke sana", "disana", "kesana", "tadi",
    "dia", "both", "keduanya", "dua duanya", "satunya", "yang satunya", "yang lain", "yang lainnya",
)  # fmt: skip

# What is asked of a thing, whatever the thing is.
ATTRIBUTES = word_set(
    """
    long much many cost costs price prices free fee fees charge charges expensive cheap cheaper time times
    day days hour hours week weeks month months year years limit maximum minimum max min take takes work
    works need needed needs possible allowed valid available included extra more less faster quicker earlier
    later mean happen happens start end lama biaya harga gratis mahal murah tarif ongkosnya waktu jam hari
    minggu bulan tahun batas maksimal minimal maks syarat syaratnya caranya cara perlu butuh boleh mungkin
    berlaku tersedia termasuk tambahan lebih cepat lambat kurang contohnya totalnya total jumlah jumlahnya
    """
)
INTERROGATIVES = word_set(
    """
    how when where why what which who berapa kapan dimana kemana mana kenapa mengapa bagaimana apa siapa
    """
)
# A question of its own: it has a verb.
FRAMES = word_set(
    """
    can could do does did is are was will would should may must has have am i we you bisa bisakah apakah
    adakah bolehkah boleh saya aku harus mau
    """
)

_KINDS = {
    "place": """
    jawa java bali sumatra sumatera kalimantan borneo sulawesi papua maluku lombok ntt ntb aceh riau jambi
    bengkulu lampung banten jakarta bandung surabaya semarang yogyakarta jogja medan makassar denpasar
    palembang malang solo bogor bekasi depok tangerang ambon jayapura wamena manado pontianak batam padang
    samarinda balikpapan banjarmasin kupang mataram singapore singapura malaysia australia japan jepang
    london leeds york manchester birmingham bristol cardiff edinburgh glasgow belfast spain france germany
    italy europe uk usa england scotland wales ireland
    """,
    "size": "xs s m l xl xxl xxxl small medium large kecil sedang besar",
    "pace": "express ekspres regular reguler standard standar kilat economy ekonomi sameday overnight instan",
    "weekday": """
    monday tuesday wednesday thursday friday saturday sunday weekend weekends weekday weekdays holiday
    holidays senin selasa rabu kamis jumat sabtu minggu libur weekday
    """,
    "colour": "red blue green black white yellow pink brown merah biru hijau hitam putih kuning coklat",
    "payer": "gopay ovo dana shopeepay qris visa mastercard amex paypal cod paylater debit kredit credit",
    "rank": "gold silver bronze platinum basic premium plus emas perak perunggu",
    "who": """
    children child kids kid students student teachers seniors pensioners anak mahasiswa pelajar guru lansia
    """,
}
# Words that fill a place in a question: a new one of a kind replaces the old one.
VALUES = {word: kind for kind, words in _KINDS.items() for word in words.split()}
