"""Words as retrieval sees them: folded, with chat shorthand spelt out, and compared leniently.

Knows nothing of meaning or of any index; English and Indonesian only where a list says so.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_VOWELS = re.compile(r"[aeiou]")
_REPEATED = re.compile(r"(.)\1+")

# Shorthand of Indonesian chats. Only words that mean one thing.
_SHORTHAND = {
    "ak": "aku", "bgmn": "bagaimana", "bgt": "banget", "blm": "belum", "blnj": "belanja", "brg": "barang",
    "brng": "barang", "brp": "berapa", "brpa": "berapa", "bs": "bisa", "bsa": "bisa", "byr": "bayar",
    "dgn": "dengan", "dlm": "dalam", "dpt": "dapat", "dr": "dari", "g": "tidak", "ga": "tidak",
    "gak": "tidak", "gimana": "bagaimana", "gmn": "bagaimana", "gmna": "bagaimana", "hr": "hari",
    "jg": "juga", "jkt": "jakarta", "jm": "jam", "jogja": "yogyakarta", "kalo": "kalau", "kapn": "kapan",
    "klo": "kalau", "kpn": "kapan", "krm": "kirim", "krn": "karena", "kyk": "seperti", "lg": "lagi",
    "lm": "lama", "lma": "lama", "mksd": "maksud", "msh": "masih", "ngga": "tidak", "nggak": "tidak",
    "gk": "tidak", "enggak": "tidak", "engga": "tidak", "nmr": "nomor", "nmor": "nomor", "org": "orang",
    "pake": "pakai", "psn": "pesan", "rb": "ribu", "sampe": "sampai", "sdh": "sudah", "sm": "sama",
    "smp": "sampai", "sy": "saya", "sya": "saya", "tdk": "tidak", "tf": "transfer", "tgl": "tanggal",
    "tlp": "telepon", "udah": "sudah", "udh": "sudah", "uda": "sudah", "utk": "untuk", "yg": "yang",
    "yogya": "yogyakarta", "cod": "cod", "pls": "please", "thx": "thanks", "u": "you", "ur": "your",
}  # fmt: skip

_STOP_EN = """
a about all also am an and any are as at be been but by can could did do does doing done dont for from get
give go got had has have hello here hey hi how i id if im in into is it its ive just know let like ll m
make may me might mine my need no not of off ok okay on one or our out please quick question s she should
so some t take tell than thank thanks that the their them then there these they this those to too up us
ve very want was we were what whats when where which who whom whose why will wish with would yes you your
"""

_STOP_ID = """
ada adakah adalah agar aja akan aku anda apa apakah apabila atas atau bagaimana bagi bahwa banget beberapa
belum berapa bila bisa boleh buat bukan cara coba cuma dalam dan dapat dari daripada deh dengan di dia dong
dulu gitu hai halo harus hendak ingin ini itu iya jadi jangan jika juga kah kalau kalian kak kakak kami
kamu kan kapan karena kasih ke kenapa kepada ketika kita kok lagi lah langsung maaf mah maka mana masih mau
maupun mengapa mereka mesti min mohon namun nanti nih nya oleh pada pak para per permisi pernah perlu
pun punya sama sampai saja sangat saat saya se sebagai sebuah sedang seperti serta si siang sih siapa sini
sore sudah supaya tadi tahu tanpa tanya tapi telah tentang terhadap terima tetapi tidak tolong toh untuk
waktu ya yaitu yakni yang
"""


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as text."""
    return frozenset(text.split())


STOP_WORDS = word_set(_STOP_EN + _STOP_ID)


def fold(text: str) -> str:
    """Lower case without diacritics, as FTS5's unicode61 folds."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    # A text has few different characters: looking at each of them once is twenty times faster.
    marks = [char for char in set(decomposed) if unicodedata.combining(char)]
    return decomposed.translate(dict.fromkeys(map(ord, marks))) if marks else decomposed


def tokens(text: str) -> list[str]:
    """Folded words and numbers in order, shorthand spelt out."""
    return [_SHORTHAND.get(word, word) for word in _WORD.findall(fold(text))]


def content_words(text: str) -> list[str]:
    """Tokens that carry meaning, in order, without repeats."""
    return list(dict.fromkeys(word for word in tokens(text) if word not in STOP_WORDS and len(word) > 1))


def spelt_out(text: str) -> str:
    """The text with chat shorthand replaced; everything else stays as it was written."""
    return _WORD.sub(lambda found: _SHORTHAND.get(found[0].casefold(), found[0]), text)


@lru_cache(maxsize=20_000)
def _skeleton(word: str) -> str:
    """Consonants without doubles: how people shorten (`blnja`) and misspell (`oppening`)."""
    return _REPEATED.sub(r"\1", _VOWELS.sub("", word))


@lru_cache(maxsize=20_000)
def _trigrams(word: str) -> frozenset[str]:
    padded = f" {word} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def likeness(word: str, other: str) -> float:
    """How surely two folded words are the same: 1 equal, 0.8 affixed, 0.7 misspelt, 0 no."""
    if word == other:
        return 1.0
    short, long = sorted((word, other), key=len)
    if len(short) < 3 or word.isdigit() or other.isdigit():
        return 0.0
    if len(short) >= 4 and short in long and len(long) <= 2.5 * len(short):
        return 0.8
    if word[0] == other[0] and len(_skeleton(short)) >= 3 and _skeleton(word) == _skeleton(other):
        return 0.7
    grams, others = _trigrams(word), _trigrams(other)
    # 0.6: `dikembaliin`/`dikembalikan` .64, `garnsi`/`garansi` .67; `mortgage`/`morgan` .40
    return 0.7 if 2 * len(grams & others) >= 0.6 * (len(grams) + len(others)) else 0.0


def best_likeness(word: str, others: Iterable[str]) -> float:
    best = 0.0
    for other in others:
        best = max(best, likeness(word, other))
        if best == 1.0:
            break
    return best


# Words that are looked up: bounds the time of a query that somebody makes long on purpose. A question has
# 5 to 30 words.
MAX_TERMS = 40


def terms_of(text: str, synonyms: Sequence[str] = ()) -> list[str]:
    """Folded words in order, then synonyms; one of several words is a phrase. At most MAX_TERMS.

    Stop words are left out (five times faster, FACTS §5), unless there is nothing else.
    """
    words = list(dict.fromkeys(tokens(text)))
    telling = [word for word in words if word not in STOP_WORDS] or words
    phrases = (" ".join(tokens(synonym)) for synonym in synonyms)
    more = [phrase for phrase in phrases if phrase and phrase not in STOP_WORDS]
    return list(dict.fromkeys(telling + more))[:MAX_TERMS]
