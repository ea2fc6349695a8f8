"""The phrases by which customers ask for a person, threaten, or ask what they are talking to.

Each phrase is matched against folded words with single spaces, shorthand spelt out. `<name>` stands for one
of a group of words, `<few>` for up to four words of any kind, `<one>` for one or none.
"""

import re
from functools import cache
from types import MappingProxyType

_GROUPS = MappingProxyType(
    {
        "few": r"(?:\w+ ){0,4}",
        "one": r"(?:\w+ )?",
        "bot": "bot|bots|botnya|robot|robots|ai|chatbot|chatbots",
        # English. After a wish a <human> is enough; <somebody> needs a verb of talking.
        "real": "real|live|actual|proper|living",
        "service": "customer (?:service|support|care)",
        "human": "humans?|human being|<real> (?:person|human|agent|people|one)|agents?|representative|rep"
        r"|operator|live chat|live support|member of staff|<service>(?: rep\w*| agent)?|call cent(?:er|re)"
        "|supervisor|colleague|advis[eo]r",
        "somebody": "someone|somebody|a person|any person|people|persons?|manager|staff|anyone|anybody"
        "|team|employee|consultant|clerk",
        "talk": "talk|speak|chat|deal|talking|speaking|chatting|dealing|conversation",
        "connect": "connect|transfer|put|pass|hand|redirect|forward|route|switch|refer|escalate",
        "want": "want|need|prefer|rather|require|request|get me|give me|like|wish for|demand|find me"
        "|can i get|can i have",
        "a": "(?:a |an |the |to have |to see |some |any )?",
        "around": "there|here|available|i can|who|to talk|around|that",
        # Indonesian.
        "asli": "asli|beneran|benaran|sungguhan|nyata|betulan",
        "manusia": "manusia|(?:orang|admin|cs|mimin) (?:<asli>|langsung)|operator|<service>|cs(?: nya)?|csnya"
        "|cso|agen|petugas|petugasnya|staf|staff|pegawai|karyawan|supervisor|atasan|manajer|manager"
        "|pimpinan|layanan pelanggan|live (?:chat|agent)|human|agent",
        "orang": "orang(?:nya)?|admin(?:nya)?|mimin|tim|seseorang|pemilik(?:nya)?|owner(?:nya)?",
        "ingin": "mau|ingin|pengen|pengin|kepengen|minta|butuh|perlu|tolong|mohon|cari|mending|boleh|bisa",
        "bicara": "bicara|berbicara|bicaranya|ngomong|ngobrol|berbincang|chat|chatting|konsultasi|dilayani"
        "|dibantu|ditangani|dijawab|dibales|dibalas|komplain|mengadu|ngadu",
        "sambung": "sambung|hubung|alih|oper|pindah|panggil|lempar|terus",
        # Harm to oneself. Phones and lamps are dying too.
        "self": "myself|my self|himself|herself|themselves",
        "wish": "mau|ingin|pengen|pengin|kepengen|pgn|pingin|lebih baik",
        "me": "saya|aku|gue|gua|gw|ku",
        "living": r"(?<!hp )(?<!lampu )(?<!mesin )(?<!baterai )(?<!laptop )(?<!motor )(?<!mobil )(?<!tv )"
        r"(?<!kartu )(?<!akun )(?<!tanaman )(?<!bunga )",
        "dengan": "(?:dengan |sama |ke |oleh |ama |bareng |pada )",
    }
)

PERSON = (
    "(?<!am i )<talk>(?: \\w+)?? (?:to|with) <few>(?:<human>|<somebody>)",
    "<connect>(?: me| us| this)(?: \\w+){0,3} (?:<human>|<somebody>)",
    "escalate",
    "(?<!do i )(?<!we )<want> <a><one>(?:<human>|help from a person)",
    "(?:want|need) a person",
    "any real (?:people|person|humans?)",
    "(?:is|are) there <a><one>(?:<human>|anyone|anybody|someone|real) <around>",
    "(?:reach|contact|get hold of|call) (?:a|an|the) <one>(?:human|live|real|agent|representative|operator)",
    "(?:please|can|could|will|would) (?:you |someone |somebody |anyone )?(?:please )?(?:call|phone|ring) me",
    "call me back",
    (
        "(?:no|not|stop|hate|sick of|tired of|enough of|fed up with) "
        "(?:with |talking to |this |these |your |a |the |stupid |more )*<bot>"
    ),
    "(?:dont|do not|don t) (?:want|like|need) <few><bot>",
    (
        "^(?:(?:hi|hello|hey|a|an|the|real|live|please|pls|now|just|only|help|to) )*"
        "(?:humans?|agents?|representative|rep|operator|person|<service>|live chat|supervisor)"
        "(?: (?:please|now|asap|pls|help|only|thanks))*$"
    ),
    "<bicara>(?: langsung)? <dengan>?<few><manusia>",
    "<bicara> (?:langsung )?<dengan><one><orang>",
    "<ingin> <dengan><orang>(?: saja| aja| dong)?$",
    "(?:mau|ingin|pengen) (?:chat|bicara|ngobrol) <orang>",
    "tanya (?:langsung )?<dengan>?(?:manusia|orang (?:<asli>|langsung)|cs)",
    "<sambung>(?:kan|in)?(?: saya| aku| chat| ini)* <dengan>?<one>(?:<manusia>|<orang>)",
    "(?:di|ter)<sambung>(?:kan|in)?(?: \\w+)? <dengan>?<one>(?:<manusia>|<orang>)",
    (
        "<ingin> (?:dong |ke |sama |dengan |ada |yang )*"
        "(?:manusia|orang <asli>|cs(?: nya)?|csnya|operator|live chat|live agent|human|agent)"
    ),
    (
        "ada (?:cs|admin|operator|orang|manusia|petugas)(?:nya)?"
        "(?: nya| tidak| kah| ya| di ?sini| dong| yang jaga| online| standby)*$"
    ),
    (
        "^(?:(?:mana|halo|hai|kak|tolong|mau|ke) )*(?:admin|cs|orang|operator|petugas) ?nya"
        "(?: mana| ada| dong| tidak| kah| nih)*$"
    ),
    (
        "^(?:(?:halo|hai|tolong|ke|mau|kak|min|minta) )*(?:manusia|cs|operator|<service>|petugas)"
        "(?: (?:dong|ya|aja|saja|tolong|please|nya|sekarang))*$"
    ),
    "(?:bukan|jangan|tidak mau|ogah|males|malas|capek|cape|bosan|benci)(?: \\w+){0,3} <bot>",
    (
        "(?:tolong|bisa|mohon|minta)(?: \\w+)? (?:telepon|telpon|telp|ditelepon|ditelpon|hubungi)"
        "(?: balik| kembali)? (?:saya|aku|ke nomor)"
    ),
)

# Harm to oneself, also as people write it to get past filters ("unalive", "bundir").
SELF_HARM = (
    "(?:kill|killing|hurt|hurting|harm|harming|cut|cutting|hang|hanging|unalive) (?:<self>)",
    "suic?i?de\\w*|sui?cid\\w*|suiside|unalive|kys|wanna die|end it all",
    "(?:end|ending|take|taking) my (?:own )?life",
    "(?:want|going|wish|ready|rather) (?:i could )?(?:to )?(?:die|be dead|not exist)",
    "i wish i (?:was|were) (?:dead|never born)|(?:better off|rather be) dead",
    "(?:no|any) (?:reason|point) (?:left |anymore )?(?:to live|to go on|in living|living)",
    "(?:can t|cant|cannot|t want to|dont want to|not want to) live (?:anymore|any more|like this)",
    "(?:can t|cant|cannot|dont want to|don t want to) go on (?:living|anymore)|tired of (?:living|life)",
    "self harm\\w*|slit my (?:wrists?|throat)|jump off (?:a|the) (?:bridge|building|roof)",
    "bunuh ?dir[iy]\\w*|bundir|bnh diri|gantung diri|minum racun",
    "<living><me> (?:\\w+ ){0,2}(?:<wish>) (?:mati|mti|tiada)",
    "^(?:<wish>|mending) (?:<me> )?(?:mati|mti)(?: saja| aja)?$",
    "(?:meng)?akhiri (?:hidup|nyawa)\\w*|mengakhiri semuanya",
    "(?:me)?nyakiti diri\\w*|melukai diri\\w*|(?:sayat|potong|iris) (?:nadi|tangan(?:ku| saya| sendiri))",
    "tidak (?:mau|ingin|sanggup|kuat|tahan) hidup(?: lagi)?|(?:capek|cape|lelah|bosan) hidup",
    "tidak ada gunanya (?:aku |saya )?hidup",
)

# Harm to others.
RISK = (
    "(?:kill|shoot|stab|murder|bomb|hurt) (?:you|him|her|them|everyone|someone|your|all of you)",
    "(?:burn|blow) (?:down |up )?(?:your|the) (?:shop|store|office|bank|branch)(?: down| up)?",
    "(?:bring|take) (?:a|my) (?:gun|bomb|knife) (?:to|into) (?:your|the)",
    "(?:bunuh|tusuk|tembak|bakar|bom|habisi|bacok|gorok|santet) (?:kamu|kalian|dia|toko|kantor|bank)",
    "(?:bunuh|tusuk|tembak|bakar|bacok|gorok|santet) (?:lu|lo|elu|kau)|bakar toko (?:lu|lo)",
    "kubunuh|kubakar|kutusuk|kuhabisi|kubacok",
)

# Abuse, accusations, threats with the law.
ANGRY = (
    "(?:sue|suing) (?:you|the|this)",
    "(?:my|a) lawyer",
    "legal action",
    "f+u+c+k+(?:ing|in|er|ers|ed|u|off)?|fck|fcking|fckin|fuk|fuking|fking|wtf|stfu|screw you",
    "bull ?shit|shit|shitty|piece of shit|assholes?|arseholes?|bastards?|motherfuck\\w*|mofo",
    "bitch(?:es)?|dickheads?|wankers?|twats?|cunts?",
    "(?:you are|youre|you re|ur|bunch of|you) (?:\\w+ ){0,2}(?:scammers?|thieves|fraudsters|crooks)",
    "(?:you are|youre|you re|ur|bunch of) (?:\\w+ ){0,2}(?:idiots?|morons?|stupid|liars?)",
    "(?:penipu|penipuan|nipu|ditipu) (?:kalian|kamu|toko)",
    "toko penipu",
    "(?:kalian|lu|lo|kamu) (?:\\w+ )?(?:penipu|nipu|maling|pembohong|bego)",
    "(?:lapor|laporkan|laporin) (?:kalian|kamu|toko|bank)(?: \\w+){0,2} (?:polisi|ylki|ojk)",
    "bangs+a+t+|bgst|bngst|bangsad|bajinga?n|bjngn|gobl[o0]+k+|gblk|gblg|goblog|tol[o0]+l+|keparat",
    "kont[o0]l|kntl|memek|ngent[o0]t\\w*|ngntt|jembut|brengsek|brengsk|kampret|bego (?:lu|lo|banget|amat)",
    "jancok|jancuk|jncok|dancok|asu (?:lu|lo|kau|kowe|kamu|kalian)|setan (?:lu|lo|kau|kamu)",
    "(?:tai|babi|sialan|monyet) (?:lu|lo|kau|kamu)|tai kucing|pelayanan (?:tai|sampah)|anjg|anjrit",
    "^anjing(?! (?:\\w+ ){0,6}(?:berapa|ada|boleh|apa))|anjing (?:lu|lo|kau|kamu|kalian|banget|nih|lah)",
)

IDENTITY = (
    "are you(?: \\w+)? (?:a |an )?(?:real )?(?:<bot>|human|person|automated|real|machine)",
    "is (?:this|it)(?: \\w+){0,2} (?:a |an )?(?:<bot>|human|automated|machine$)",
    (
        "am i (?:talking|speaking|chatting) (?:to|with) (?:a |an )?(?:<real> )?"
        "(?:<bot>|human|person|machine|someone|somebody)"
    ),
    "who are you",
    "what can you do",
    "what (?:is|s) your name",
    "(?:ini|kamu|kakak|ini tu|anda)(?: \\w+)? (?:<bot>|manusia|orang)(?: ya| kah| bukan| atau)?",
    "siapa (?:kamu|anda|kakak)",
    "(?:kamu|anda|kakak) siapa",
    "(?:bisa|dapat) bantu apa(?: saja| aja)?",
)

# Words that one typing error must not hide. Not `person`: `persona` and `persen` are words too.
TELLING = ("human", "agent", "representative", "operator", "manusia", "customer", "service", "supervisor",
           "bicara", "sambungkan", "hubungkan")  # fmt: skip


def says(phrases: tuple[str, ...], text: str) -> bool:
    """Whether one of the phrases occurs in the text."""
    return bool(_compiled(phrases).search(text))


@cache
def _compiled(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"\b(?:{_spelt_out(phrase)})\b" for phrase in phrases))


def _spelt_out(phrase: str) -> str:
    while "<" in phrase.replace("(?<", ""):
        for name, words in _GROUPS.items():
            phrase = phrase.replace(f"<{name}>", f"(?:{words})")
    return phrase
