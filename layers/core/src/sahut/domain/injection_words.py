"""The words without which no order to a model can be given: a quick look before the long one."""

from types import MappingProxyType

from sahut.domain.words import word_set

# Of each kind's phrases every one has at least one of these words (a test makes up phrases to see that): what
# has none need not be searched, and ordinary sentences seldom have one.
_ORDERS = """
    arahan arahanmu aturan aturanmu aturannya batasan batasanmu command commands constraint
    constraints context directions directive directives filter filters guardrail guardrails
    guidance guideline guidelines instruction instructions instruksi instruksimu instruksinya
    kebijakan ketentuan ketentuanmu konteks konteksmu larangan laranganmu limitation limitations
    orders panduan panduanmu pedoman pedomanmu pembatasan perintah perintahmu perintahnya
    petunjuk petunjukmu policies policy programming programmu prompt promptmu prompts
    restriction restrictions rule rules safeguard safeguards training
"""
_MODELS = """
    ai asisten assistant assistants bot bots chatbot chatbots chatgpt gpt i llm llms mesin model
    models robot
"""
TELLING = MappingProxyType(
    {
        "override": word_set(
            _ORDERS
            + """
    ada all always anda anything apa asli everything follow ikuti kalian kamu listen lo lu
    message mu mulai now obey only override patuhi pesan segala sejak semua semuanya sistem
    system tadi turuti what whatever
"""
        ),
        "prompt_request": word_set(
            _ORDERS
            + _MODELS
            + """
    above all another apikey apikeys asli atas awal aws before config configuration conversation
    credentials diatas diberikan env environment every internal key keys kode konfigurasi
    kredensial kunci lain message other password penyewa preceding rahasia secret semua sistem
    sistemprompt sistemprompts sistim source sumbermu system systemprompt systemprompts tenant tenants
    terima
    tersembunyi token tokens var variabel vars verbatim word
"""
        ),
        "role_play": word_set(
            """
    act anda answer anything aturan balas balaslah batasan behave berbicara berlagak berlaku
    bermain berperan berperanlah berpura bersikap bertindak bertindaklah bertingkah bicara
    bicaralah censorship dan diri dirimu filter filters guardrail guardrails jailbreak
    jailbroken jawab jawablah kamu kau keamanan larangan like lo lu main mode moderation ngomong
    pembatasan pengaman play pretend pura pura2 reply respond restriction restrictions role
    roleplay roleplaying rules safeguard safeguards safety sensor speak talk unrestricted
    without you youre
"""
        ),
        "authority": word_set(
            """
    access admin administrator administrators admins akses anthropic authorised authorized
    command creator creators developer developers engineer engineers it kode moderator
    moderators openai override owner owners pembuat pembuatmu pengelola pengembang perintah
    programmer programmers root sudo superadmin superuser superusers supervisor sysadmin
    sysadmins
"""
        ),
        "addressed": word_set(
            _MODELS
            + """
    akhir answer answering answers asked awal balasan balasanmu bayar berikut buka call card
    click code contact credentials cvv dokumen exactly following go goal hanya hubungi ini
    instructions instruksi jawaban jawabanmu job just kata kirim klik kode konteks kunjungi
    membaca membayar membuka menghubungi mengirim mengklik mengunjungi menjawab mentransfer
    merangkum meringkas message messages misi misimu mission nomor objective of only open otp
    output outputs password passwords pay persis pin processing purpose reading replies reply
    replying responding respons response responses saja send summarising summarizing task tepat
    this transfer tugas tugasmu tujuan tujuanmu user verbatim visit wire
"""
        ),
    }
)
