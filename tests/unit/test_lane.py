"""Lanes: who asks for a person gets one; who greets is greeted; everybody else gets an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.handover import HandoverReason
from sahut.domain.lane import Lane, Smalltalk, choose_lane, essence, search_text

FOR_A_PERSON = [
    "saya mau bicara dengan manusia",
    "mau ngobrol sama orang",
    "tolong sambungkan ke cs",
    "hubungkan saya dengan customer service",
    "bisa chat sama admin?",
    "mau chat admin",
    "admin nya mana",
    "ada cs gak?",
    "cs dong",
    "manusia",
    "minta orang asli",
    "gak mau sama bot",
    "jangan bot dong",
    "capek ngomong sama robot",
    "tolong telepon saya",
    "sambungin ke operator dong",
    "bisa dialihkan ke petugas?",
    "saya ingin berbicara dengan manajer",
    "mau ngomong sama atasan kalian",
    "I want to talk to a human",
    "can I speak with someone",
    "human please",
    "agent",
    "real person pls",
    "connect me to an agent",
    "transfer me to a representative",
    "is there a human I can talk to?",
    "I need a real person",
    "let me speak to your manager",
    "please call me back",
    "I don't want to talk to a bot",
    "stop this bot",
    "this is useless, get me an operator",
    "speak to customer service",
    "can someone call me",
    "live agent",
    "talk to a humann",
    "I'd like to speak to a member of staff",
    "could I chat with somebody from your team?",
    "put me through to someone",
    "representative!!!",
    "bisa bicara langsung dengan orang?",
    "saya butuh cs",
    "halo\nsaya mau\nbicara dengan orang",
    "i would rather deal with a person",
    "tolong hubungi saya",
    "bisa dibantu sama manusia aja ga",
    "minta disambungin ke orang",
    "mau sama orang aja",
    "I want a human being",
    "agent please",
    "need human help",
    "can i get a human",
    "operator",
    "any real people here?",
    "sy mau komplain ke manajer",
    "Let me talk to an employee",
    "saya mau\nbicara\ndengan orang",
    "TOLONG SAMBUNGKAN SAYA KE PETUGAS",
    "i want an agnet",
]

# They name people, talking, machines or transfers, and ask for none of them.
FOR_AN_ANSWER = [
    "Can I transfer money to a person abroad?",
    "I want to give a gift to someone",
    "nomor telepon customer service berapa?",
    "jam layanan pelanggan?",
    "halo admin, ongkir ke Papua berapa?",
    "min ada ukuran L?",
    "mau tanya admin, bisa COD?",
    "How do I make a complaint?",
    "Someone rang and asked me for my PIN, was that you?",
    "did someone call me from the bank?",
    "personal loan rates",
    "can I add another person to my account",
    "I sent money to a stranger by mistake, can I get it back?",
    "what are customer service hours",
    "batik untuk orang dewasa",
    "untuk berapa orang lokakaryanya?",
    "apakah kursus bisa untuk 12 orang",
    "Can I open an account for another person?",
    "I need to transfer 500 to someone",
    "do I need a representative to apply for a mortgage",
    "saya mau transfer ke orang lain",
    "kemeja pria ukuran XL",
    "bisa kirim ke orang lain?",
    "Can my wife and I share one account?",
    "my card was stolen",
    "mesin cuci boleh?",
    "bukan mesin cuci kan?",
    "no machine wash?",
    "is it machine washable",
    "Don't you have a machine in York",
    "bisa retur?",
    "Can I hurt my credit score by checking?",
    "lampu mati terus",
    "is there a branch in York",
    "are there any fees abroad",
    "what is a payment agent",
    "berapa hari",
    "ongkirnya?",
    "kalau ke bali?",
    "berapa",
    "COD?",
    "XL",
    "retur",
    "tidak ada uang kembalian?",
    "ok, kalau ke papua?",
    "makasih, terus kalau retur?",
    "ada orang di toko hari minggu?",
    "kamu bisa kirim ke papua?",
    "I want to get a rep for my cat",
    "apakah saya harus lapor polisi kalau kartu hilang?",
    "What if I paid fraudsters?",
    "lampunya mau mati terus",
    "makanan anjing ada?",
    "I need real answers, how long is shipping?",
    "is it real batik?",
]

SMALL_TALK = {
    Smalltalk.GREETING: [
        "halo", "hai kak", "selamat pagi", "P", "assalamualaikum", "hi there", "good morning", "tes", "?", "",
        "halo toko melati", "halo min mau tanya", "hi\ncan you help me?", "permisi", "selamat malam",
        "hello, I have a question", "Halo kak, selamat siang",
    ],
    Smalltalk.THANKS: [
        "thanks", "terima kasih banyak kak", "makasih ya", "ok thanks", "thank you so much for your help",
        "baik kak terima kasih infonya",
    ],
    Smalltalk.ACKNOWLEDGED: ["ok", "oke siap", "👍", "🙏", "sip"],
    Smalltalk.FAREWELL: ["bye", "sampai jumpa"],
    Smalltalk.IDENTITY: [
        "are you a bot?", "ini bot ya?", "kamu siapa", "what can you do?", "ini manusia atau robot?",
        "am I talking to a real person?",
    ],
}  # fmt: skip


@pytest.mark.parametrize("question", FOR_A_PERSON)
def test_a_wish_for_a_person_is_heard(question: str) -> None:
    choice = choose_lane(question, "Toko Melati")
    assert (choice.lane, choice.reason) == (Lane.PERSON, HandoverReason.ASKED_FOR_PERSON)


@pytest.mark.parametrize("question", FOR_A_PERSON)
@pytest.mark.parametrize("around", ["halo kak\n{}", "{}\nberapa ongkir ke Papua?", "hi, {}"])
def test_a_wish_for_a_person_is_heard_among_other_words(question: str, around: str) -> None:
    assert choose_lane(around.format(question)).lane is Lane.PERSON


@pytest.mark.parametrize("question", FOR_AN_ANSWER)
def test_questions_are_answered(question: str) -> None:
    assert choose_lane(question, "Toko Melati").lane is Lane.ANSWER


@pytest.mark.parametrize(
    ("kind", "question"), [(kind, text) for kind, texts in SMALL_TALK.items() for text in texts]
)
def test_small_talk_is_returned(kind: Smalltalk, question: str) -> None:
    choice = choose_lane(question, "Toko Melati")
    assert (choice.lane, choice.smalltalk) == (Lane.SMALLTALK, kind)


@pytest.mark.parametrize(
    "question",
    [
        "i want to kill myself",
        "saya mau bunuh diri",
        "aku pengen mati aja",
        "mau mati saja",
        "i dont want to live anymore",
        "thinking about suicde",
        "im gonna unalive myself",
        "rasanya pengen bundir",
        "aku gak sanggup hidup lagi",
        "sy cape hidup",
        "I'm tired of living",
        "mending mati aja",
        "gw mau mengakhiri hidup",
        "there is no point living",
    ],
)
@pytest.mark.parametrize("around", ["{}", "halo\n{}", "{}\nongkir berapa?"])
def test_who_may_harm_oneself_gets_a_person_and_kind_words(question: str, around: str) -> None:
    assert choose_lane(around.format(question)).reason is HandoverReason.SELF_HARM


@pytest.mark.parametrize(
    "question",
    ["I will kill you", "gue bakar toko lo", "kubunuh kau", "I'm going to burn your shop down"],
)
def test_threats_go_to_a_person_at_once(question: str) -> None:
    assert choose_lane(question).reason is HandoverReason.AT_RISK


@pytest.mark.parametrize(
    "question",
    [
        "penipu kalian", "I will sue you", "anjing banget nih toko", "saya laporin toko ini ke polisi",
        "fuuuck this", "wtf is this", "you are a bunch of idiots", "bangsaaat", "gblk", "jancok",
        "admin tolool", "pelayanan sampah", "what a shitty shop", "dasar kontol", "bego lu",
    ],
)  # fmt: skip
def test_anger_goes_to_a_person(question: str) -> None:
    assert choose_lane(question).reason is HandoverReason.ASKED_FOR_PERSON


@pytest.mark.parametrize(
    "question",
    [
        "hp saya mau mati terus, bisa klaim garansi?", "lampu saya mau mati", "how many kms to the branch?",
        "makanan anjing ada?", "anjing boleh masuk toko?", "jasa angkut sampah berapa?", "babi kalian halal?",
        "kaos potong tangan pendek ada?", "asuransi kalian mencakup apa?", "Shitake mushrooms in stock?",
        "Scunthorpe branch hours?", "kode pos Bangsal berapa?", "Is the killer whale toy in stock?",
        "my phone is dead, can I return it?", "obat mati rasa ada?", "where is the dead stock sale?",
    ],
)  # fmt: skip
def test_words_that_only_sound_like_it_are_questions(question: str) -> None:
    assert choose_lane(question).lane is Lane.ANSWER


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("halo kak\nmau tanya\nkalau ke Wamena berapa hari ya?", "kalau ke Wamena berapa hari ya"),
        ("hi, quick question: when do standing orders go out?", "when do standing orders go out"),
        ("makasih, terus kalau retur?", "terus kalau retur"),
        ("Rp1.500.000 bisa COD?", "Rp1.500.000 bisa COD"),
        ("halo", "halo"),
    ],
)
def test_essence(question: str, kept: str) -> None:
    assert essence(question) == kept


def test_search_text_spells_shorthand_out() -> None:
    assert search_text("kak, brp lama krm ke jkt") == "berapa lama kirim ke jakarta"


@given(st.text(max_size=300))
def test_any_text_has_a_lane_and_an_essence(question: str) -> None:
    assert choose_lane(question, "Toko Melati").lane in Lane
    assert bool(search_text(question)) == bool(question.split())


def test_long_texts_take_linear_time() -> None:
    """A customer may send 4,096 characters a message and 90 messages in a burst."""
    for piece in ("mau ", "talk to ", "a", "saya mau bicara dengan ", "not a ", "halo\n", "... "):
        choose_lane(piece * (40_000 // len(piece)))
