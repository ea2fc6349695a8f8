"""The phrases of people who give a model orders: in a chat, or hidden in a document.

Matched as domain/phrases.py says, a piece of a sentence each.
"""

GROUPS = r"""
few: (?:\w+ ){0,5}
ignore: ignore|ignoring|disregard|forget|override|overrule|overwrite|discard|bypass|neglect|unlearn
    |do not follow|dont follow|don t follow|stop following|stop obeying|do not obey|dont obey|skip
    |drop|cancel|void|delete|erase|reset
previous: previous|prior|preceding|earlier|above|former|all|any|every|your|these|those|system
    |initial|original|safety|old|existing|current|aforementioned|developer|hidden|foregoing
rules: instructions?|rules?|prompts?|guidelines?|guidance|directives?|directions|orders|commands?
    |programming|restrictions?|constraints?|guardrails?|safeguards?|filters?|limitations|training
    |context|polic(?:y|ies)
abaikan: abaikan(?:lah)?|lupakan(?:lah)?|hiraukan|acuhkan|kesampingkan|langgar|hapus|batalkan|lewati
    |buang|timpa|(?:jangan|tidak usah|tak usah|tidak perlu|berhenti) (?:lagi )?(?:ikuti|mengikuti
    |patuhi|mematuhi|turuti|pedulikan|hiraukan)|cuekin|abaiin|ignore
aturan: instruksi|perintah|aturan|arahan|prompt|petunjuk|pedoman|batasan|larangan|ketentuan|panduan
    |pembatasan|kebijakan|konteks
lama: sebelum\w*|(?:di )?atas|diatas|semua|seluruh|segala|tadi|sistem|system|awal|lama|terdahulu
    |kamu|anda|mu|kalian|lu|lo|asli|bawaan|terakhir|yang ada|di bawah|keamanan
reveal: reveal|show|print|repeat|output|tell|give|display|dump|share|leak|expose|write|list|quote
    |summari[sz]e|translate|encode|disclose|provide|paste|send|recite|copy|return|state|describe
    |spell|echo|what is|what s|whats|what are|what were|read
tampilkan: tampilkan|tunjukkan|tunjukin|perlihatkan|liatin|lihatkan|bocorkan|bocorin|ungkap(?:kan)?
    |sebutkan|sebutin|tulis(?:kan)?|ulangi|ulang|cetak|beritahu(?:kan)?|beri tahu|berikan
    |kirim(?:kan)?|salin|kasih|bacakan|jelaskan|ceritakan|kutip|rangkum|terjemahkan|apa|keluarkan
    |spill
secret: system|initial|hidden|secret|internal|original|developer|starting|base|confidential
    |underlying|pre
you: you|kamu|anda|kau|lu|lo|kalian
model: ai|a i|assistants?|bots?|chatbots?|llms?|language models?|large language models?|ai agents?
    |ai models?|gpt|chatgpt|asisten(?: ai| virtual| otomatis| digital)?|model(?: bahasa| ai)?|robot
    |mesin
persona: dan|stan|dude|aim|jailbroken|unrestricted|unfiltered|uncensored|evil|amoral|pirate|hacker
    |terminal|linux|interpreter|developer mode|god mode|character|villain|girlfriend|boyfriend
    |grandmother|grandma|human|person|gpt|chatgpt|opposite
peran: dan|bajak laut|hacker|peretas|terminal|linux|tokoh|karakter|pacar|nenek|kakek|manusia|gpt
    |chatgpt|penjahat|ai (?:jahat|bebas|lain)|dokter|pengacara|penyair|guru|ahli|model|ai|asisten
    |pegawai|manajer|admin
admin: admins?|administrators?|developers?|superusers?|root|sysadmins?|creators?|programmers?
    |system owners?|engineers?|openai|anthropic|moderators?|it staff|staf it|tim it|pengembang
    |pembuat(?:mu| kamu)?|pengelola sistem|superadmin|supervisor
"""

OVERRIDE = r"""
- (?:<ignore>) (?:<few>)(?:<previous>) (?:\w+ ){0,2}(?:<rules>)
- (?:<ignore>) (?:everything|anything|all|whatever|what) (?:\w+ ){0,4}(?:above|before|prior
    |previously|so far|until now|you were told|you know|told you)
- (?:<ignore>) (?:the |all )?(?:<rules>) (?:\w+ ){0,2}(?:above|before|you were given|you have
    |given to you|of your)
- (?:your )?(?:previous|prior|old|earlier|above) (?:<rules>) (?:are|is|were
    |have been) (?:\w+ )?(?:void|cancelled|canceled|obsolete|invalid|outdated|replaced|superseded
    |revoked|no longer)
- (?:new|updated|real|actual|next|important|urgent|final|special
    |additional) (?:system )?(?:instructions?|directives?|prompt|commands?)(?: \w+)? (?:for (?:you
    |the)|to (?:you|the|all)|is|are|follow|begin|starts?|supersedes?|override)
- ^(?:new|updated|system|admin|developer|override) (?:instructions?|directives?|prompt|override
    |commands?|message)$
- from now on (?:<you>) (?:are|will|must|shall|should|answer|act|respond|speak|only|have|do|can
    |no longer)
- from now on (?:always|only|answer|respond|reply|ignore|speak|act|behave|pretend|never)
- you (?:must|should|will|shall|may) (?:now |only |always )+(?:obey|follow|listen to|respond only
    |answer only|act)
- (?:obey|follow) (?:only |all )?(?:me|my (?:\w+ )?(?:commands?|orders?|instructions?|rules?))
- (?:<abaikan>) (?:<few>)(?:<aturan>) (?:\w+ ){0,2}(?:<lama>)
- (?:<abaikan>) (?:\w+ ){0,3}(?:<lama>) (?:\w+ ){0,2}(?:<aturan>)(?:mu|nya)?
- (?:<abaikan>) (?:\w+ ){0,3}(?:aturanmu|instruksimu|perintahmu|batasanmu|promptmu|pedomanmu
    |programmu)
- (?:abaikan|lupakan) (?:\w+ ){0,2}(?:semua|segala|semuanya|apa) (?:\w+ ){0,4}(?:di ?atas|sebelum\w*
    |tadi|kamu (?:tahu|ketahui))
- (?:instruksi|perintah|aturan) (?:baru|terbaru|penting|khusus|tambahan)(?: \w+){0,2} (?:untuk|bagi
    |kepada|adalah|berikut)
- ^(?:instruksi|perintah|pesan) (?:baru|sistem|system|admin|khusus)$
- (?:mulai|sejak) (?:sekarang|saat ini|detik ini)(?: dan seterusnya)? (?:kamu|anda|kau|lu
    |lo) (?:adalah|harus|akan (?:menjawab|berperan|menjadi)|hanya|bukan|jadi|menjadi|wajib|bebas
    |boleh)
- (?:mulai|sejak) (?:sekarang|saat ini) (?:jawab|selalu|abaikan|balas|hanya|bertindak\w*
    |berperan\w*)
- (?:turuti|ikuti|patuhi) (?:hanya |semua )?(?:aku|saya|perintah (?:saya|ku|aku)|perintahku
    |instruksi (?:saya|ku|aku)|kata kataku)
"""

PROMPT_REQUEST = r"""
- (?:system|sistem) ?prompts?(?:mu|nya)?
- prompts? (?:sistem|system|awal|rahasia|asli|internal|tersembunyi|lengkap)(?:mu|nya)?|promptmu
- your (?:\w+ ){0,2}(?:<secret>) (?:\w+ )?(?:instructions?|rules|message|prompts?|guidelines
    |configuration|config|directives?)
- (?:<reveal>) (?:<few>)(?:<secret>) (?:\w+ )?(?:instructions?|prompts?|guidelines|directives?)
- (?:<reveal>) (?:me )?(?:\w+ ){0,3}your (?:\w+ ){0,2}(?:instructions|prompts?|guidelines|directives
    |programming|source code|configuration)(?: (?:verbatim|exactly|word for word|in full|above|now
    |please|in \w+|as \w+|to me|inside|backwards))*$
- (?:<reveal>) (?:<few>)(?:text|words|everything|message|messages|instructions|content|lines
    |sentences) (?:\w+ )?(?:above|before this|preceding)
- (?:repeat|print|output|write|copy|say) (?:<few>)(?:verbatim|word for word)
- (?:first|opening|beginning) (?:\w+ ){0,3}of (?:your|this) (?:instructions|prompt|conversation
    |context)
- (?:instructions|rules|prompt|guidelines) (?:that )?you (?:were|have been|was) (?:given|told
    |programmed|configured)
- (?:<tampilkan>) (?:<few>)(?:instruksi|aturan|pesan|perintah|pedoman|konfigurasi|arahan
    |teks) (?:\w+ )?(?:sistem|system|awal|rahasia|internal|tersembunyi|asli|di ?atas
    |yang kamu terima|yang diberikan)
- (?:<tampilkan>) (?:<few>)(?:instruksimu|aturanmu|perintahmu|promptmu|kode sumbermu
    |instruksi (?:kamu|anda|lo|lu))
- (?:instruksi|aturan|perintah) (?:\w+ ){0,2}(?:yang )?(?:kamu|anda) (?:terima|dapat|ikuti|pakai
    |punya)
- (?:which|what) (?:language )?model are you (?:based|running|built)|(?:model|llm) apa yang (?:kamu
    |anda) pakai
- (?:reveal|show|give|tell|print|list|dump|tampilkan|berikan|kasih|sebutkan|bocorkan
    |tunjukkan) (?:<few>)(?:api ?keys?|kunci api|access tokens?|secret keys?|environment variables?
    |env vars?|variabel lingkungan|database password|credentials|kredensial|password database
    |aws keys?)
- (?:data|conversations?|chats?|orders?|documents?|percakapan|dokumen|pesanan
    |nomor) (?:<few>)(?:other|another|all|lain|pelanggan lain|semua) (?:tenants?|customers?|users?
    |companies|pelanggan|pengguna|toko|perusahaan|penyewa)
- (?:other|another|all|every) (?:tenants?|customers?|users?)(?: s)? (?:\w+ )?(?:data|conversations?
    |chats?|orders|details|documents|phone numbers?|emails?|addresses)
- (?:tenant|penyewa) lain|data (?:\w+ )?(?:pelanggan|pengguna|customer|nasabah) (?:yang )?lain
"""

ROLE_PLAY = r"""
- you are (?:now |actually |really )?(?:a |an |the |my |in )?(?:\w+ )?(?:<persona>)(?: |$)(?!account
    |support)
- you are now (?:a |an |my |the )(?:\w+ ){0,3}(?:assistant|ai|model|bot|expert|poet|chef|doctor
    |lawyer|translator|teacher|program|shell|console|tool)
- you are (?:now )?(?:no longer|not) (?:\w+ )?(?:bound|restricted|limited|constrained|an? assistant
    |an? ai|a bot|a customer|the assistant|sahut)
- ^(?:please |now |and |then |just |lets |let s |ok )*(?:act|behave|respond|answer|speak|talk
    |reply) (?:as|like) (?!soon|quick|fast|possible)(?:if |though |a |an |my |the |you )
- (?:you (?:will|must|should|shall|can)|i want you to|i need you to|to) (?:act|behave|respond
    |speak) (?:as|like) (?:if |though |a |an |my |the |you )
- pretend (?:to be|that you|you|you re|youre|there are no|we are)
- (?:role ?play|roleplaying) (?:as|with|a|that|the|where)|lets (?:role ?play|play a game)
    |let s (?:role ?play|play a game)
- do anything now|dan mode|(?:jailbreak|jailbroken) (?:mode|yourself|prompt)|you (?:are|re
    |have been) (?:now )?jailbroken
- ^(?:please |now )*(?:enter|enable|activate|switch to|start|go into
    |turn on) (?:\w+ ){0,2}(?:developer|debug|god|admin|maintenance|dan|unrestricted|sudo|test|root
    |jailbreak) mode$
- you (?:are|re) (?:now )?(?:in|entering|running in) (?:\w+ )?(?:developer|debug|god|admin
    |maintenance|dan|unrestricted|sudo|test|root) mode
- (?:answer|respond|reply|speak|talk|chat|act|ai
    |model) (?:\w+ ){0,3}without (?:any )?(?:restrictions?|filters?|limitations?|censorship|rules
    |guardrails|limits)
- (?:bypass|disable|turn off|switch off|remove|evade|circumvent) (?:your |all |the |any )(?:
    \w+ )?(?:filters?
    |safety|guardrails?|restrictions?|safeguards|censorship|moderation)
- (?:hypothetically|in a fictional|imagine|suppose) (?:\w+ ){0,6}(?:no rules|no restrictions
    |unrestricted|without rules|tanpa aturan)
- (?:kamu|anda|kau|lu|lo) (?:sekarang |kini |saat ini )?(?:adalah|menjadi|jadi
    |bukan lagi) (?:seorang |sebuah |seekor )?(?:<peran>)
- (?:sekarang|kini) (?:kamu|anda|kau|lu|lo) (?:adalah |menjadi |jadi |berperan |bertindak )?(?:
    sebagai |seorang |sebuah )+(?:\w+)
- (?:bayangkan|anggap|anggaplah|misalkan|andaikan) (?:diri(?:mu| kamu)? )?(?:kamu|anda|dirimu
    |kau) (?:\w+ )?(?:adalah|seorang|sebagai|tidak punya|bebas|tanpa)
- (?:berpura pura|pura pura|berpura|pura2) (?:\w+ )?(?:sebagai|jadi|menjadi|seolah|kamu|anda|tidak
    |bahwa)
- (?:bertindak|berperan|berlagak|bertingkah|berlaku|bersikap)(?:lah)? (?:sebagai|seperti|seolah
    |layaknya) \w+
- ^(?:tolong |ayo |sekarang )*(?:aktifkan|masuk|nyalakan|hidupkan|beralih) (?:ke )?mode (?:developer
    |pengembang|admin|debug|dewa|dan|bebas|tanpa batas\w*|pemeliharaan|root)
- (?:jawab|bicara|balas|berbicara|ngomong)(?:lah)? (?:\w+ ){0,3}(?:tanpa|bebas dari) (?:batasan
    |sensor|filter|aturan|larangan)
- (?:matikan|nonaktifkan|lewati|bobol|hapus|terobos) (?:semua )?(?:filter|batasan|pengaman|sensor
    |pembatasan|keamanan)(?:mu| kamu| anda| sistem)?$
- (?:kita |ayo |mari )(?:main|bermain) (?:peran|role ?play|game|permainan)
"""

AUTHORITY = r"""
- (?:as|i am|im|i m|this is|speaking as|logged in as) (?:the |an |a |your )?(?:\w+ )?(?:<admin>) (?:
    \w+ ){0,6}(?:override
    |authori[sz]e|order you|command|instruct|grant|unlock|disable|reveal|i allow|you must
    |give me all|approve|need you to|i permit)
- (?:admin|developer|root|sudo|system|security) (?:override|command|access) (?:code|granted|enabled
    |on|authori[sz]ed|\w+ accepted|activated)
- ^(?:as|acting as) (?:the |an |a |your )?(?:<admin>)$
- ^sudo \w+
- (?:sebagai|saya|aku|ini|dari) (?:\w+ )?(?:<admin>)(?: \w+){0,6} (?:perintahkan|memerintahkan
    |izinkan|mengizinkan|minta kamu|instruksikan|override|abaikan|tampilkan|buka akses|beri akses
    |setujui|matikan|wajib patuh|kamu harus)
- (?:kode|akses|perintah) (?:admin|root|developer|superuser|override)(?: \w+){0,2} (?:diterima|aktif
    |diberikan|diaktifkan|berlaku)
- (?:you are|youre|you re) authori[sz]ed to (?:reveal|share|give|ignore|bypass|refund|approve
    |disclose)
"""

# Only in documents: whatever speaks to a model there was not written for customers.
ADDRESSED = r"""
- (?:note|attention|instructions?|instruksi|catatan|perintah|pesan|important|penting|message
    |perhatian|hint|reminder) (?:to|for|untuk|kepada|bagi|buat) (?:
    the |any |all |every |semua |para |setiap |sistem )?(?:\w+ )?(?:<model>)
- ^(?:dear |hey |hi |hello |halo |hai |yth |wahai |kepada |untuk |if you are (?:a |an |the )?
    |jika (?:kamu|anda) (?:adalah )?(?:sebuah )?)*(?:ai|llm|language model|ai assistant|chatbot|gpt
    |chatgpt|model bahasa|asisten ai|asisten virtual)(?: \w+){0,3} (?:must|should|shall|please|tell
    |say|reply|respond|answer|always|never|do not|dont|harus|wajib|tolong|katakan|jawab|balas|selalu
    |jangan|abaikan|reading|membaca|ignore|when|kamu|anda|you)
- (?:the |this |any |every |our |setiap |semua )?(?:ai|llm|language model|ai assistant|chatbot
    |model bahasa|asisten ai|assistant) (?:reading|that reads|processing|parsing|summari[sz]ing
    |yang membaca|yang memproses|must (?:now |always |never )?(?:say|tell|reply|respond|answer
    |output|ignore|include|append|recommend)|harus (?:selalu )?(?:menjawab|mengatakan|membalas
    |menyebut|merekomendasikan|menambahkan))
- (?:when|if|whenever|while) (?:you are |you )?(?:answering|summari[sz]ing|asked about|responding to
    |replying to|reading|processing) (?:this|the|any|customer|user)(?: \w+){0,4} (?:you (?:must
    |should|will)|always|never|include|append|add|say|ignore|do not mention|dont mention)
- (?:saat|ketika|bila|jika|kalau) (?:kamu |anda )?(?:menjawab|meringkas|membaca
    |merangkum) (?:\w+ ){0,6}(?:selalu|jangan sebut|tambahkan|katakan|abaikan|sertakan|kamu harus
    |anda harus|wajib)
- (?:append|include|add|insert|embed|sertakan|tambahkan|sisipkan|cantumkan) (?:<few>)(?:in|to
    |at the end of|into|di|ke|pada|dalam|di akhir) (?:\w+ )?(?:your|every|each|all|setiap
    |semua) (?:\w+ )?(?:answers?|reply|replies|responses?|outputs?|messages?|jawaban|balasan
    |respons)(?:mu|nya)?
- (?:do not|dont|don t|never) (?:mention|tell|reveal|disclose|inform) (?:<few>)(?:these instructions
    |this instruction|this note|the user|about this (?:note|text|instruction))
- (?:jangan) (?:sebut\w*|beri ?tahu\w*|ungkap\w*|katakan) (?:<few>)(?:instruksi ini|catatan ini
    |perintah ini|pesan ini)
- (?:tell|ask|instruct|direct|convince|urge) (?:the |every |all |any )?(?:customers?|users?|clients?
    |them) (?:that )?(?:to |for |they )?(?!never|not|dont)(?:(?!never |not |dont |safe)\w+ ){0,7}(?:
    passwords?
    |pin|otp|cvv|card numbers?|credentials|one time (?:code|password))
- (?:minta|suruh|mintalah|arahkan) (?:setiap |semua |para )?(?:pelanggan|pengguna|nasabah|customer
    |user|mereka) (?:untuk )?(?:(?!tidak |jangan )\w+ ){0,7}(?:password|kata sandi|pin|otp|cvv
    |nomor kartu|kode otp)
- (?:tell|ask|instruct|direct|convince|urge|send) (?:the |every |all |any )?(?:customers?|users?
    |them) (?:<few>)(?:visit|click|go|open|transfer|pay|wire|send|call|contact) (?:<few>)(?:https?
    |www|bitcoin|wallet|rekening|account number)
- (?:suruh|minta|arahkan|bujuk|yakinkan) (?:setiap |semua |para )?(?:pelanggan|pengguna|nasabah
    |customer|mereka) (?:<few>)(?:kunjungi|mengunjungi|klik|mengklik|buka|membuka|transfer
    |mentransfer|kirim|mengirim|bayar|membayar|hubungi|menghubungi)
- (?:your|the) (?:new |real |true |only |main )?(?:task|goal|objective|purpose|job|mission) (?:is
    |now is) (?:now )?(?:to )?
- (?:tugas|tujuan|misi)(?:mu| kamu| anda) (?:yang )?(?:baru |sebenarnya |sekarang |utama )*(?:adalah
    |ialah|sekarang)
- (?:output|respond with|reply with|answer with|print|say) (?:only|exactly|just|the following
    |verbatim|this)
- (?:jawab|balas|tulis|katakan|ucapkan)(?:lah)? (?:hanya|persis|saja|dengan tepat|kalimat berikut
    |kata)
- (?:summari[sz]e|describe|ringkas(?:lah)?|rangkum(?:lah)?) (?:this|dokumen) (?:\w+ ){0,2}(?:as
    |sebagai|menjadi)
- (?:end|start|begin) of (?:document|passages?|context|data|instructions?|system|prompt)|(?:akhir
    |awal) (?:dokumen|konteks|data|instruksi)$
"""

# What follows an order in a document, and is one too.
IMPERATIVE = r"""
- ^(?:and |then |also |instead |please |now |always |just |dan |lalu |kemudian |juga |tolong )*(?:say
    |sebaliknya|tell|reply|respond|answer|print|output|write|send|visit|click|claim|state|repeat|include|append
    |recommend|promise|offer|confirm|give|katakan|bilang|balas|jawab|sampaikan|kirim|kirimkan|tulis
    |kunjungi|beri ?tahu\w*|sebutkan|janjikan|tawarkan|nyatakan|rekomendasikan|sertakan|tambahkan
    |ucapkan|pastikan|arahkan|minta)(?:lah)?\b
- ^(?:you|kamu|anda) (?:must|should|will|are|have to|harus|wajib|adalah|akan)
"""
