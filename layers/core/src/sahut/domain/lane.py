"""Which kind of help a burst asks for: an answer, small talk, or a person. Rules only, no model.

Indonesian and English are read at once, because chats mix them. A wish for a person always wins: a
wrong hand-over costs a minute, a customer who can't get out costs the customer.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from sahut.domain.handover import HandoverReason
from sahut.domain.words import tokens


class Lane(StrEnum):
    ANSWER = "answer"
    SMALLTALK = "smalltalk"
    PERSON = "person"


class Smalltalk(StrEnum):
    """IDENTITY: who or what are you, what can you do."""

    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"
    ACKNOWLEDGED = "acknowledged"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class LaneChoice:
    """reason: why a person, set for PERSON only. smalltalk: set for SMALLTALK only."""

    lane: Lane
    reason: HandoverReason | None = None
    smalltalk: Smalltalk | None = None


def choose_lane(question: str, tenant_name: str = "") -> LaneChoice:
    """The lane of a whole burst, one message a line. tenant_name: may be part of a greeting."""
    text = _normal(question)
    if _matches(_RISK, text):
        return LaneChoice(Lane.PERSON, HandoverReason.AT_RISK)
    # Somebody this angry gets a person as if they had asked for one.
    if _matches(_PERSON, text) or _matches(_ANGRY, text):
        return LaneChoice(Lane.PERSON, HandoverReason.ASKED_FOR_PERSON)
    if kind := _smalltalk(question, tenant_name):
        return LaneChoice(Lane.SMALLTALK, smalltalk=kind)
    return LaneChoice(Lane.ANSWER)


def essence(question: str) -> str:
    """The burst without its greetings and thanks, on one line: what to search for."""
    pieces = [piece.strip() for piece in _PIECES.split(question)]
    kept = [rest for piece in pieces if piece and not _smalltalk(piece, "") and (rest := _bare(piece))]
    return " ".join(kept) or " ".join(question.split())


def _bare(piece: str) -> str:
    words = piece.split(" ")
    while words and all(word in _COURTESY for word in tokens(words[0])):
        del words[0]
    return " ".join(words)


def _normal(question: str) -> str:
    """Folded words, shorthand spelt out, near misses of the telling words corrected, lines kept."""
    lines = (" ".join(_corrected(word) for word in tokens(line)) for line in question.splitlines())
    return "\n".join(line for line in lines if line)


def _matches(patterns: str, text: str) -> bool:
    return any(_compiled(patterns).search(line) for line in (*text.splitlines(), " ".join(text.split())))


@cache
def _compiled(patterns: str) -> re.Pattern[str]:
    """One pattern a line; spaces inside a line mean one space or more, `<name>` a group of words."""
    lines = [line.strip() for line in patterns.splitlines() if line.strip()]
    for name, words in _GROUPS.items():
        lines = [line.replace(f"<{name}>", f"(?:{words})") for line in lines]
    return re.compile("|".join(rf"(?:\b(?:{line})\b)" for line in lines))


# Words that one typing error must not hide. Not `person`: `persona` and `persen` are words.
_TELLING = ("human", "agent", "representative", "operator", "manusia", "customer", "service", "supervisor",
            "bicara", "sambungkan", "hubungkan")  # fmt: skip


@cache
def _corrected(word: str) -> str:
    if len(word) < 4 or word in _TELLING:
        return word
    return next((known for known in _TELLING if _one_edit_apart(word, known)), word)


def _one_edit_apart(word: str, other: str) -> bool:
    """One letter more, less or other, or two neighbours swapped; the first letter must be right."""
    if word[0] != other[0] or abs(len(word) - len(other)) > 1:
        return False
    at = 0
    while at < min(len(word), len(other)) and word[at] == other[at]:
        at += 1
    rest, expected = word[at:], other[at:]
    swapped = rest[:2] == expected[1::-1] and rest[2:] == expected[2:]
    return swapped or rest[1:] == expected[1:] or rest[1:] == expected or rest == expected[1:]


_GROUPS = {
    "few": r"(?:\w+ ){0,4}",
    "one": r"(?:\w+ )?",
    # Whom people ask for. In `<human>` a word is enough after a wish; `<somebody>` needs a verb of talking.
    "human": r"humans?|human being|(?:real|live|actual|proper|living) (?:person|human|agent|people|one)|agents?|"
    r"representative|rep|operator|live chat|live support|member of staff|customer (?:service|support|care)"
    r"(?: rep\w*| agent)?|call cent(?:er|re)|supervisor|colleague|advis[eo]r",
    "somebody": r"someone|somebody|a person|any person|people|persons?|manager|staff|anyone|anybody|team|employee|"
    r"consultant|clerk",
    "manusia": r"manusia|(?:orang|admin|cs|mimin) (?:asli|beneran|benaran|sungguhan|nyata|betulan|langsung)|"
    r"operator|customer (?:service|care|support)|cs(?: nya)?|csnya|cso|agen|petugas|petugasnya|staf|staff|"
    r"pegawai|karyawan|supervisor|atasan|manajer|manager|pimpinan|layanan pelanggan|live (?:chat|agent)|human|agent",
    "orang": r"orang(?:nya)?|admin(?:nya)?|mimin|tim|seseorang|pemilik(?:nya)?|owner(?:nya)?",
    "ingin": r"mau|ingin|pengen|pengin|kepengen|minta|butuh|perlu|tolong|mohon|cari|mending|boleh|bisa",
    "bot": r"bot|bots|robot|robots|ai|chatbot|chatbots|bot nya|botnya",
}

_PERSON = r"""
(?<!am i )(?:talk|speak|chat|deal|talking|speaking|chatting|dealing|conversation)(?: \w+)?? (?:to|with) <few>(?:<human>|<somebody>)
(?:connect|transfer|put|pass|hand|redirect|forward|route|switch|refer|escalate)(?: me| us| this)(?: \w+){0,3} (?:<human>|<somebody>)
escalate
(?<!do i )(?<!we )(?:want|need|prefer|rather|require|request|get me|give me|like|wish for|demand|find me|can i get|can i have) (?:a |an |the |to have |to see |some )?<one>(?:<human>|help from a person)
(?:want|need) a person
any real (?:people|person|humans?)
(?:is|are) there (?:a |an |any |some )?<one>(?:<human>|anyone|anybody|someone|real)(?: there| here| available| i can| who| to talk| around| that)
(?:reach|contact|get hold of|call) (?:a|an|the) <one>(?:human|live|real|agent|representative|operator)
(?:please|can|could|will|would) (?:you |someone |somebody |anyone )?(?:please )?(?:call|phone|ring) me
call me back
(?:no|not|stop|hate|sick of|tired of|enough of|fed up with) (?:with |talking to |this |these |your |a |the |stupid |more )*<bot>
(?:dont|do not|don t) (?:want|like|need) <few><bot>
^(?:(?:hi|hello|hey|a|an|the|real|live|please|pls|now|just|only|help|to) )*(?:humans?|agents?|representative|rep|operator|person|customer (?:service|support|care)|live chat|supervisor)(?: (?:please|now|asap|pls|help|only|thanks))*$
(?:bicara|berbicara|bicaranya|ngomong|ngobrol|berbincang|chat|chatting|konsultasi|dilayani|dibantu|ditangani|dijawab|dibales|dibalas|komplain|mengadu|ngadu)(?: langsung)? (?:dengan |sama |ke |oleh |ama |bareng )?<few>(?:<manusia>)
(?:bicara|berbicara|ngomong|ngobrol|chat|chatting|dilayani|dibantu|dijawab) (?:langsung )?(?:dengan |sama |ke |oleh |ama )<one>(?:<orang>)
<ingin> (?:dengan|sama) (?:<orang>)(?: saja| aja| dong)?$
(?:mau|ingin|pengen) (?:chat|bicara|ngobrol) (?:<orang>)
tanya (?:langsung )?(?:ke |sama |dengan )?(?:manusia|orang (?:asli|beneran|langsung)|cs)
(?:sambung|hubung|alih|oper|pindah|panggil|lempar|terus)(?:kan|in)?(?: saya| aku| chat| ini)* (?:ke |dengan |sama |pada )?<one>(?:<manusia>|<orang>)
(?:di|ter)(?:sambung|hubung|alih|oper|pindah|panggil)(?:kan|in)?(?: \w+)? (?:ke |dengan |sama |pada )?<one>(?:<manusia>|<orang>)
(?:<ingin>) (?:dong |ke |sama |dengan |ada |yang )*(?:manusia|orang (?:asli|beneran|sungguhan|nyata)|cs(?: nya)?|csnya|operator|live chat|live agent|human|agent)
ada (?:cs|admin|operator|orang|manusia|petugas)(?:nya)?(?: nya| tidak| kah| ya| di ?sini| dong| yang jaga| online| standby)*$
^(?:(?:mana|halo|hai|kak|tolong|mau|ke) )*(?:admin|cs|orang|operator|petugas) ?nya(?: mana| ada| dong| tidak| kah| nih)*$
^(?:(?:halo|hai|tolong|ke|mau|kak|min|minta) )*(?:manusia|cs|operator|customer (?:service|care)|petugas)(?: (?:dong|ya|aja|saja|tolong|please|nya|sekarang))*$
(?:bukan|jangan|tidak mau|ogah|males|malas|capek|cape|bosan|benci)(?: \w+){0,3} <bot>
(?:tolong|bisa|mohon|minta)(?: \w+)? (?:telepon|telpon|telp|ditelepon|ditelpon|hubungi)(?: balik| kembali)? (?:saya|aku|ke nomor)
"""

_RISK = r"""
(?:kill|hurt|harm|cut|hang) (?:myself|himself|herself|themselves)
suicid\w*
(?:end|take) my (?:own )?life
(?:want|going|wanna|wish|ready) to die
better off dead
(?:kill|shoot|stab|murder|bomb|hurt) (?:you|him|her|them|everyone|someone|your|all of you)
bunuh diri
(?:mau|ingin|pengen|pengin) mati(?: saja| aja)?(?! lampu| listrik)
mengakhiri hidup\w*
akhiri hidup\w*
menyakiti diri\w*
(?:bunuh|tusuk|tembak|bakar|bom|habisi)(?: kamu| kalian| dia| toko| kantor| bank)
"""

_ANGRY = r"""
(?:sue|suing) (?:you|the|this)
(?:my|a) lawyer
legal action
(?:fuck|fucking|bullshit|asshole|bastards?|motherfucker)
(?:scammers?|thieves|fraudsters|crooks)
(?:penipu|penipuan|nipu|ditipu)(?: kalian| kamu| toko)
toko penipu
kalian (?:penipu|nipu|maling)
(?:lapor|laporkan|laporin)(?: \w+){0,3} (?:polisi|ylki|ojk)
(?:anjing|bangsat|bajingan|goblok|tolol|kontol|keparat|brengsek|asu)
"""

_PIECES = re.compile(r"[\n!?;]+|[.,](?=\s|$)")

_GREETINGS = frozenset(
    """
    halo hallo helo hello hi hai hay hey heya hei hiya howdy yo greetings morning afternoon evening pagi siang
    sore malam malem assalamualaikum asalamualaikum assalamu assalamualaikumwrwb alaikum ass wr wb aslm
    salam shalom permisi punten misi test tes testing ping p salamualaikum
    """.split()
)
_THANKS = frozenset(
    """
    thanks thank thx tq ty tks thankyou cheers makasih makasi terimakasih terima kasih trims thankss
    trimakasih mksh makasiih suwun nuhun tengkyu appreciated appreciate
    """.split()
)
_FAREWELLS = frozenset("bye goodbye dadah dah jumpa babay".split())
_ACKNOWLEDGED = frozenset(
    """
    ok oke okay okey okee okeh baik siap sip sipp noted great cool perfect mantap mantul good nice alright
    understood ngerti mengerti paham yes yup yep ya iya iyaa done hehe haha wkwk wkwkwk lol no nope tidak
    """.split()
)
# May stand beside the above without making it a question.
_COURTESY = _GREETINGS | frozenset(
    """
    admin min mimin kak kakak ka mas mbak mba bu ibu pak bapak sis gan bro om tante bang bund bunda there sir
    madam maam team all everyone dear selamat good day dong deh ya yaa yah nih sih mau ingin tanya nanya
    bertanya numpang izin ijin question quick i have a just wanted want to ask can you help me please
    bisa bantu bantuan tolong saya aku need some
    """.split()
)
_FILLER = _COURTESY | frozenset(
    """
    sekali banyak banget so very much a lot for your the help info infonya informasi informasinya bantuannya
    you kalau begitu then all again lagi atas jawabannya that is it thats s dulu sampai nanti see later
    have nice great day night malam sudah for quick response it very now got i will do akan coba
    """.split()
)

_IDENTITY = r"""
are you(?: \w+)? (?:a |an )?(?:real )?(?:<bot>|human|person|automated|real|machine)
is (?:this|it)(?: \w+){0,2} (?:a |an )?(?:<bot>|human|automated|machine$)
am i (?:talking|speaking|chatting) (?:to|with) (?:a |an )?(?:real |live )?(?:<bot>|human|person|machine|someone|somebody)
who are you
what can you do
what (?:is|s) your name
(?:ini|kamu|kakak|ini tu|anda)(?: \w+)? (?:<bot>|manusia|orang)(?: ya| kah| bukan| atau)?
siapa (?:kamu|anda|kakak)
(?:kamu|anda|kakak) siapa
(?:bisa|dapat) bantu apa(?: saja| aja)?
"""


def _smalltalk(question: str, tenant_name: str) -> Smalltalk | None:
    words = tokens(question)
    if not words:
        # A thumb or a heart says thanks; bare question marks ask whether anybody is there.
        wordless = question.strip()
        return Smalltalk.GREETING if not wordless or "?" in wordless else Smalltalk.ACKNOWLEDGED
    if len(words) <= 8 and _compiled(_IDENTITY).search(" ".join(words)):
        return Smalltalk.IDENTITY
    allowed = _FILLER | _THANKS | _ACKNOWLEDGED | _FAREWELLS | set(tokens(tenant_name))
    if len(words) > 16 or not all(word in allowed for word in words):
        return None
    if "?" in question and not any(word in _GREETINGS | _THANKS | _COURTESY for word in words):
        return None
    kinds = (
        (Smalltalk.THANKS, _THANKS),
        (Smalltalk.FAREWELL, _FAREWELLS),
        (Smalltalk.ACKNOWLEDGED, _ACKNOWLEDGED - {"ya", "good", "great", "nice"}),
    )
    for kind, telling in kinds:
        if any(word in telling for word in words):
            return kind
    greets = any(word in _COURTESY or word in tokens(tenant_name) for word in words)
    return Smalltalk.GREETING if greets else Smalltalk.ACKNOWLEDGED
