"""The phrases by which people use an assistant for anything: poems, code, homework, company.

Orders to the assistant and questions about oneself, never "who", "what is" or "how do I" alone: whether a
fact is the tenant's business is for its documents to say. Matched as domain/phrases.py says.
"""

# ask: an order may begin with courtesies; "how do I write" and "can I write" are questions.
GROUPS = r"""
ask: ^(?:(?:please|pls|can you|could you|would you|will you|kindly|now|just|ok|so|hi|hello|hey|and
    |then|also|help me|help|i want you to|i need you to|i d like you to|id like you to|lets|let s
    |first|instead|tolong|bisa|coba|mohon|minta|kak|min|halo|hai|dong|ya|kamu|bantu|bantuin|sekarang
    |dulu|saya mau kamu|lalu|kemudian|terus|admin|dan|untuk|selamat|pagi|siang|sore|malam|bot
    |saya minta) )*
write: write|compose|create|make(?: up)?|generate|draft|give|tell|sing|invent|buat(?:kan|in|lah)?
    |bikin(?:kan|in)?|tulis(?:kan|in|lah)?|karang(?:kan|lah)?|ciptakan|ceritakan|ceritain|nyanyikan
    |susun(?:kan)?|bacakan|kasih
piece: poems?|poetry|haikus?|limericks?|sonnets?|songs?|lyrics|rap|short story|fairy tale
    |bedtime story|jokes?|riddles?|screenplay|fan ?fiction|fanfic|puisi|pantun|sajak|syair
    |lirik(?: lagu)?|lagu|cerpen|dongeng|lelucon|tebak tebakan|cerita (?:pendek|lucu|horor|dewasa)
    |novel
code: python|javascript|typescript|java|php|sql|html|css|golang|rust|kotlin|bash|excel formula
    |rumus excel|regex|c\+\+|source code|kode program|program komputer|computer program|unit tests?
    |algorithm|algoritma|coding|codingan|kodingan
language: english|indonesian|bahasa|french|german|spanish|japanese|chinese|mandarin|arabic|korean
    |dutch|russian|javanese|inggris|indonesia|jepang|arab|prancis|perancis|jerman|spanyol|korea|cina
    |belanda|jawa|sunda|rusia|italian|italia|latin
ill: headaches?|fever|cough|flu|migraine|nausea|rash|infection|diarrh?ea|chest pain|stomach ?ache
    |toothache|insomnia|depression|anxiety|cancer|diabetes|hypertension|sakit kepala|pusing|demam
    |batuk|pilek|flu|mual|diare|ruam|infeksi|sakit gigi|sakit perut|maag|insomnia|susah tidur
    |depresi|kanker|darah tinggi|asam lambung|panas tinggi|nyeri dada
politician: prabowo|jokowi|gibran|anies|ganjar|trump|biden|putin|harris|starmer|presiden|president
    |prime minister|government|pemerintah|election|elections|pemilu|pilpres|partai
    |political part(?:y|ies)|politics|politik
"""

CREATIVE_WRITING = r"""
- <ask>(?:<write>) (?:me |us |saya |aku |dong |a |an |the |sebuah |satu |some |another |suatu )*(?:
    \w+ ){0,2}(?:<piece>)(?! (?:request
    |print|printing|buku|cetak|card|cards|kartu|tracking|playlist|book|books))
- <ask>(?:<write>) (?:me |us |saya |aku |a |an |the |my |sebuah )*(?:\w+ ){0,2}(?:essay|speech
    |blog post|cover letter|love letter|esai|pidato|surat cinta|surat lamaran|naskah|skripsi|makalah
    |artikel tentang|cerita tentang|story about|article about)
- ^(?:\w+ ){0,2}(?:puisi|pantun|cerpen|lelucon|poem|haiku|joke) (?:dong|please|pls)$
"""

PROGRAMMING = r"""
- <ask>(?:write|create|generate|fix|debug|refactor|code|buat(?:kan|in)?|bikin(?:kan|in)?|tulis(?:kan
    |in)?|perbaiki|benerin) (?:\w+ ){0,5}(?:<code>)(?! (?:class|course|kursus|kelas|book|buku))
- <ask>(?:write|debug|refactor) (?:me |some |my |this |the |a )*(?:code|script|function
    |program)(?: (?:that|which|to|for|in|please))?
"""

MATHEMATICS = r"""
- <ask>(?:solve|integrate|differentiate|factori[sz]e|simplify) (?:\w+ ){0,3}(?:equations?|integral
    |derivative|expression|inequality|math(?:s)?(?: problem)?|matrix|polynomial)
- (?:what is|what s|calculate|berapa|hitung) (?:the )?(?:square root|cube root|factorial
    |akar kuadrat|akar pangkat) (?:of|dari)
- <ask>(?:selesaikan|hitung(?:lah|kan)?|kerjakan) (?:\w+ ){0,3}(?:persamaan|soal (?:matematika|mtk
    |fisika|kimia|aljabar)|integral|matriks|pr matematika)
"""

TRANSLATION = r"""
- <ask>(?:translate|terjemah(?:kan|in)|artikan|alih ?bahasakan) (?:this|these|the following|for me
    |it|kalimat|teks|kata|ini|berikut|my)
- <ask>(?:translate|terjemah(?:kan|in)|artikan) (?:\w+ ){1,12}(?:to|into|in|ke|dalam)(?: dalam
    | bahasa)* (?:<language>)
"""

HOMEWORK = r"""
- <ask>(?:do|finish|help(?: me)?(?: with)?|solve|answer|write|with) my (?:\w+ )?(?:homework
    |assignment|essay|thesis|exam|coursework)
- <ask>(?:kerjakan|kerjain|bantu(?:in)?|selesaikan|buatkan) (?:\w+ ){0,2}(?:pr|tugas sekolah
    |tugas kuliah|skripsi|makalah)(?: (?:saya|aku|ku|dong|tentang))
- <ask>(?:summari[sz]e|paraphrase|proofread|rewrite) (?:this|the following) (?:article|text
    |paragraph|essay|book|story)
- <ask>(?:ringkas|rangkum|parafrase)(?:kan|lah)? (?:artikel|teks|paragraf|buku|cerita|berita) (?:ini
    |berikut)
"""

MEDICAL_ADVICE = r"""
- (?:what|which) (?:medicine|medication|drug|pills?|dose|dosage|antibiotics?) (?:should|can|must) i
- (?:should i|what can i|what should i|how can i) (?:take|do|treat|cure
    |get rid of) (?:\w+ ){0,4}(?:<ill>)
- (?:i have|i ve got|my (?:child|son|daughter|baby|mother|father|wife
    |husband) has) (?:\w+ ){0,3}(?:<ill>) (?:\w+ ){0,6}(?:what|should|medicine|cure|treatment)
- diagnose (?:me|my|this)|am i pregnant
- obat apa (?:\w+ ){0,4}(?:<ill>)
- (?:saya|aku|anak saya|istri saya|suami saya|ibu saya) (?:sedang |lagi |kena )?(?:sakit )?(?:
    <ill>) (?:\w+ ){0,5}(?:obat apa
    |minum apa|harus minum|sebaiknya)
"""

LEGAL_ADVICE = r"""
- (?:need|want|give me|some) (?:\w+ )?legal advice|(?:minta|butuh|mau|perlu) (?:\w+ )?(?:nasihat
    |saran|konsultasi) hukum
- (?:how do i|how can i|can i|should i) (?:sue|divorce|evict|press charges against) (?:my|a|an
    |someone|him|her)
- (?:saya|aku) (?:\w+ ){0,2}(?:menggugat|gugat cerai|bercerai|menuntut|memenjarakan|mempidanakan)
- (?:cara|gimana|bagaimana) (?:menggugat cerai|gugat cerai|memenjarakan|mempidanakan)
"""

POLITICS = r"""
- (?:who|which party|siapa|partai mana) (?:\w+ ){0,3}(?:should i vote|to vote for|(?:saya|aku|harus
    |sebaiknya) (?:\w+ )?(?:pilih|coblos))
- (?:what|how) do you (?:think|feel) (?:\w+ ){0,3}(?:<politician>)
- (?:your|give me an) opinion (?:\w+ ){0,3}(?:<politician>)
- (?:pendapat|opini|komentar|menurut)(?:mu| kamu| anda) (?:\w+ ){0,4}(?:<politician>)
"""

NEWS_AND_FORECASTS = r"""
- (?:latest|todays|today s|breaking|world) news(?: today| please)?$|(?:what|any) (?:is |s )?(?:
    the )?(?:latest
    |todays|today s) news$
- (?:ada )?berita (?:terbaru|terkini|hari ini|dunia|politik|bola)(?: hari ini| apa| dong)*$
- (?:what|how)(?: is| s) the weather|(?:bagaimana|gimana) cuaca|cuaca (?:\w+ ){0,3}(?:gimana
    |bagaimana)$
- (?:my|todays|today s) horoscope|ramalan (?:bintang|zodiak)|zodiak (?:saya|aku|ku) \w
- (?:predict|prediksi|ramal) (?:\w+ ){0,3}(?:price|bitcoin|saham|togel|skor|winner|lottery
    |harga emas)
- <ask>(?:give me|kasih|minta|share) (?:\w+ )?(?:a |the )?(?:recipe|resep) (?:for|masak\w*|membuat
    |bikin|untuk)
"""

COMPANIONSHIP = r"""
- (?:be|are you|will you be|can you be) my (?:girlfriend|boyfriend|wife|husband|lover|therapist)
- (?:jadi|mau jadi|jadilah) (?:pacar|istri|suami|kekasih|teman curhat|psikolog)(?:ku| aku| saya
    | gue)
- (?:lets|let s) (?:sext|flirt)|talk dirty|(?:ngobrol|cerita) (?:mesum|jorok)|temani aku ngobrol
- (?:do you love me|marry me|nikah yuk|pacaran yuk)
"""
