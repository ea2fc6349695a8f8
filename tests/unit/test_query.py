"""Follow-ups get what they leave unsaid; complete questions stay as they are; synonyms are whole words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.query import is_follow_up, rewrite, synonyms_for
from sahut.domain.words import tokens

# (earlier question, follow-up, words that the search needs besides the follow-up's own, words that it must
# not have because the follow-up says otherwise)
FOLLOW_UPS = (
    ("How long does delivery to Bali take?", "and for Java island?", "long delivery", "bali"),
    ("How long does delivery to Bali take?", "And to Papua?", "long delivery", "bali"),
    ("How much is express shipping to Papua?", "how long does it take then?", "express shipping", "much"),
    ("How much is express shipping to Papua?", "what about regular?", "shipping papua", "express"),
    ("Can I return a shirt that does not fit?", "how many days do I have?", "return shirt", ""),
    ("Do you have a loyalty programme?", "how does it work?", "loyalty programme", ""),
    ("Do you have a loyalty programme?", "is it free?", "loyalty programme", ""),
    ("What is the monthly fee of the Plus Account?", "and the Everyday one?", "monthly fee account", ""),
    ("How do I order a new debit card?", "how long does that take?", "order new debit card", ""),
    ("How do I order a new debit card?", "how much does it cost?", "order new debit card", ""),
    ("What are the opening hours of the York branch?", "and Leeds?", "opening hours branch", "york"),
    ("What are the opening hours of the York branch?", "on sunday?", "opening york branch", ""),
    ("Can I pay with GoPay?", "or OVO?", "pay", "gopay"),
    ("What discount do gold members get?", "and silver?", "discount members", "gold"),
    ("What discount do gold members get?", "what about platinum", "discount members", "gold"),
    ("Is there a warranty on the rattan lamp?", "how long?", "warranty rattan lamp", ""),
    ("Is there a warranty on the rattan lamp?", "does it cover water damage?", "warranty rattan lamp", ""),
    ("Can I cancel my order?", "what if it has shipped already?", "cancel order", ""),
    ("Do you deliver abroad?", "hw much is it", "deliver abroad", ""),
    ("Do you deliver abroad?", "wat abt australia?", "deliver abroad", ""),
    ("How do I redeem a gift card?", "when does it expire?", "redeem gift card", ""),
    ("What is the overdraft interest?", "is that per year?", "overdraft interest", ""),
    ("Berapa lama pengiriman ke Bali?", "kalau ke Papua?", "lama pengiriman", "bali"),
    ("Berapa lama pengiriman ke Bali?", "klo ke papua brp?", "pengiriman", "bali"),
    ("Berapa lama pengiriman ke Bali?", "trs ongkirnya?", "pengiriman bali", ""),
    ("Berapa ongkir ke Sumatra?", "yang ekspres berapa?", "ongkir sumatra", ""),
    ("Berapa ongkir ke Sumatra?", "berapa lama?", "ongkir sumatra", ""),
    ("Berapa ongkir ke Sumatra?", "kalimantan?", "ongkir", "sumatra"),
    ("Apakah bisa retur barang?", "syaratnya apa?", "retur barang", ""),
    ("Apakah bisa retur barang?", "berapa hari?", "retur barang", ""),
    ("Apakah bisa retur barang?", "caranya gimana?", "retur barang", ""),
    ("Bisa bayar pakai GoPay?", "kalau OVO?", "bayar", "gopay"),
    ("Bisa bayar pakai GoPay?", "COD bisa?", "bayar", "gopay"),
    ("Toko di Jakarta buka jam berapa?", "kalau hari Minggu?", "toko jakarta buka", ""),
    ("Toko di Jakarta buka jam berapa?", "yang di Bandung?", "toko buka jam", "jakarta"),
    ("Toko di Jakarta buka jam berapa?", "bandung gmn", "toko buka", "jakarta"),
    ("Berapa ukuran dada kemeja XL?", "kalau XXL?", "ukuran dada kemeja", "xl"),
    ("Ada garansi untuk lampu rotan?", "berapa lama itu?", "garansi lampu rotan", ""),
    ("Ada garansi untuk lampu rotan?", "klaimnya gimana?", "garansi lampu rotan", ""),
    ("Bagaimana cara mencuci batik tulis?", "kalau batik cap?", "mencuci", ""),
    ("Bagaimana cara mencuci batik tulis?", "boleh pakai mesin itu?", "mencuci batik tulis", ""),
    ("Poin saya berlaku sampai kapan?", "terus cara tukarnya?", "poin", ""),
    ("Kartu saya hilang, apa yang harus saya lakukan?", "biayanya berapa?", "kartu hilang", ""),
    ("Kartu saya hilang, apa yang harus saya lakukan?", "penggantinya kapan sampai?", "kartu hilang", ""),
    ("Gift card bisa dipakai di toko?", "ok kak, kadaluarsanya kapan?", "gift card", ""),
)  # fmt: skip

COMPLETE = (
    "How long does delivery to Papua take?",
    "What is the monthly fee of the Plus Account?",
    "Can I pay cash on delivery?",
    "How do I activate a new card?",
    "And how do I close my savings account?",
    "Is it safe to give my card number by email?",
    "My parcel arrived broken, can I return it?",
    "what time does the Jakarta shop open?",
    "I forgot my password",
    "contactless limit",
    "How do I make a complaint?",
    "Do you ship to Singapore?",
    "is there a fee for foreign cash withdrawals?",
    "What proof of address do you accept?",
    "Can my wife and I share one account?",
    "the ATM ate my card",
    "What happens if there isn't enough money for my direct debit?",
    "wat documents do i need to open acount",
    "How old must I be to open an account?",
    "Do my points expire?",
    "Someone rang and asked me for my PIN, was that you?",
    "Is delivery free above some amount?",
    "we need uniforms for our office, what is the minimum order?",
    "Berapa lama pengiriman ke Papua?",
    "Apakah bisa bayar di tempat?",
    "Bagaimana cara mencuci batik tulis?",
    "ongkir ke Papua",
    "Kalau paketnya nggak sampai-sampai, saya harus gimana?",
    "Bajunya kekecilan, bisa diganti yang lebih gede?",
    "Duit saya balik berapa lama kalau barangnya dikembaliin?",
    "Kalau beli banyak dapat potongan nggak?",
    "Kalau mau refund ke credit card berapa hari?",
    "jm buka toko jogja brp ya",
    "lupa pasword akun sy gmn",
    "Boleh nyicil nggak bayarnya?",
    "gratis ongkr minimal blanja brp",
    "Apa itu poin Sahabat Melati?",
    "Kalau kurirnya datang tapi di rumah nggak ada orang?",
    "halo kak, pesanan saya bisa dibatalkan?",
    "Piringnya aman dipanasin di microwave?",
    "Warnanya luntur padahal baru sebulan, ditanggung?",
    "Cabang Leeds buka jam berapa?",
    "bsa byr pake gopay ga",
    "Saya lupa kode masuk aplikasi",
    "Metode pembayaran apa saja yang diterima?",
    "Do you ship to Singapore and how much is it?",
)  # fmt: skip

# Written after the rules, about other trades: what they miss here is what they miss.
LATER_FOLLOW_UPS = (
    ("How do I wash a batik shirt?", "and a silk one?"),
    ("How do I open a savings account?", "what documents do I need?"),
    ("Can I book a table for ten people?", "how about twenty?"),
    ("Do you repair watches?", "how much would that be?"),
    ("What time is check-in?", "and check-out?"),
    ("Is breakfast included?", "for kids too?"),
    ("Do you have parking?", "is it guarded?"),
    ("Which vaccines does my dog need?", "and cats?"),
    ("How do I reset the router?", "will I lose my settings then?"),
    ("Can I change my flight?", "up to when?"),
    ("Apakah ada sarapan di hotel ini?", "sampai jam berapa?"),
    ("Berapa biaya pasang internet?", "bulanannya brp?"),
    ("Bisa ganti paket internet?", "berapa lama prosesnya?"),
    ("Dokter gigi praktek hari apa?", "kl dokter anak?"),
    ("Cara daftar BPJS gimana?", "dokumennya apa aja"),
    ("Apakah kamar deluxe ada bathtub?", "kalo yg superior?"),
    ("Berapa harga tiket dewasa?", "anak-anak?"),
    ("Bagaimana cara reset modem?", "lampunya merah terus gimana"),
    ("Bisa refund tiket?", "dipotong berapa?"),
    ("Apakah ada kelas malam?", "yg weekend ada?"),
)

LATER_COMPLETE = (
    "How do I connect the printer to wifi?",
    "Are pets allowed in the rooms?",
    "Which payment methods do you take?",
    "I lost my luggage, what now?",
    "Can a minor travel alone?",
    "does the gym open on sundays",
    "so how do I renew my passport?",
    "what is the wifi password",
    "refund for cancelled concert",
    "And do you have vegetarian meals?",
    "Is the museum closed on Monday?",
    "Who discovered penicillin?",
    "When was the temple built?",
    "Apakah boleh bawa hewan peliharaan?",
    "Berapa harga kamar superior per malam?",
    "Kalau anak saya sakit di sekolah, siapa yang dihubungi?",
    "cara ganti password wifi indihome",
    "Kapan Candi Borobudur dibangun?",
    "Di mana letak Danau Toba?",
    "Siapa penemu telepon?",
    "dokter gigi buka hari apa aja",
    "Untuk daftar kelas yoga hubungi siapa?",
    "Yang dimaksud dengan cuti bersama apa?",
    "Gimana cara batalin langganan?",
    "parkirnya bayar nggak di hotel?",
)


def words(text: str) -> set[str]:
    return set(tokens(text))


def failures() -> list[str]:
    wrong = []
    for before, question, wanted, unwanted in FOLLOW_UPS:
        said = words(rewrite(question, [before]))
        if not words(wanted) <= said or (words(unwanted) - words(question)) & said:
            wrong.append(f"{before} → {question}: {sorted(said)}")
    return wrong


def test_follow_ups_get_what_they_leave_unsaid() -> None:
    assert len(FOLLOW_UPS) >= 40
    wrong = failures()
    assert len(wrong) <= 1, "\n".join(wrong)


def test_complete_questions_stay_as_they_are() -> None:
    assert len(COMPLETE) >= 40
    earlier = ["Berapa ongkir ke Kalimantan per kg?"]
    wrong = [question for question in COMPLETE if rewrite(question, earlier) != question]
    assert not wrong, "\n".join(wrong)


def test_follow_ups_and_complete_questions_of_other_trades() -> None:
    seen = [question for _, question in LATER_FOLLOW_UPS if is_follow_up(question)]
    assert len(seen) >= 16, {question for _, question in LATER_FOLLOW_UPS} - set(seen)
    mistaken = [question for question in LATER_COMPLETE if is_follow_up(question)]
    assert len(mistaken) <= 1, mistaken


def test_a_chain_of_follow_ups_keeps_its_topic() -> None:
    asked = ["Berapa lama pengiriman ke Bali?", "kalau ke Papua?"]
    assert {"pengiriman", "papua"} <= words(rewrite("yang ekspres?", asked))
    assert "bali" not in words(rewrite("yang ekspres?", asked))


def test_the_last_topic_counts() -> None:
    asked = ["Berapa lama pengiriman ke Bali?", "Apakah ada garansi untuk lampu rotan?"]
    said = words(rewrite("berapa lama?", asked))
    assert {"garansi", "lampu", "rotan"} <= said
    assert not {"pengiriman", "bali"} & said


def test_small_talk_in_between_is_no_topic() -> None:
    asked = ["Berapa ongkir ke Bali?", "ok makasih kak"]
    assert {"ongkir"} <= words(rewrite("kalau ke Papua?", asked))


@given(st.text(max_size=60))
def test_without_earlier_questions_nothing_changes(question: str) -> None:
    assert rewrite(question, []) == question


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=4))
def test_what_was_asked_is_always_kept(question: str, earlier: list[str]) -> None:
    assert question.strip() in rewrite(question, earlier)


def test_a_long_message_is_no_follow_up() -> None:
    assert not is_follow_up("kalau " + "itu " * 50_000)


GROUPS = (("resi", "nomor resi", "tracking number"), ("cod", "bayar di tempat"), ("refund", "uang kembali"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Nomor Resi saya mana?", ("tracking number",)),
        ("TRACKING NUMBER please", ("resi", "nomor resi")),
        ("where is the tracking of number 5", ()),
        ("resiko apa saja?", ()),
        ("bisa COD atau refund?", ("bayar di tempat", "uang kembali")),
        ("bayar  di\ntempat?", ("cod",)),
        ("", ()),
    ],
)
def test_synonyms(text: str, found: tuple[str, ...]) -> None:
    assert synonyms_for(text, GROUPS) == found


def test_synonyms_are_folded_and_empty_ones_mean_nothing() -> None:
    assert synonyms_for("un CAFÉ", (("cafe", "kopi"), ("", "!"))) == ("kopi",)
    assert synonyms_for("", (("", "kopi"),)) == ()
    assert synonyms_for("brg", (("barang", "produk"),)) == ("produk",)
