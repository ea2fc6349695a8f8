"""Words that mean nearly the same in questions and answers, and words that say little.

"How heavy" is answered by "weighs", "shut down" by "closed", "biaya" by "Rp": an evidence score that only
compares spellings takes them for unknown. Everyday English and Indonesian, no subject's vocabulary; a
tenant's own words are its synonyms.
"""

from sahut.domain.words import word_set

_GROUPS = """
eat eats feed feeds food diet consume makan pakan makanan
tall high height tower tinggi setinggi ketinggian
deep depth dalam kedalaman terdalam
heavy weigh weighs weight weighing kg kilogram kilograms berat beratnya bobot
long length panjang panjangnya sepanjang
wide width lebar lebarnya
big large size area surface luas luasnya besar ukuran
old age aged born birth umur usia berumur lahir
die died death dead killed drowned perish wafat meninggal mati tewas gugur
start begin began begun started starting mulai dimulai awal opened
end ended finish finished completed completion stop stopped close closed shut tutup ditutup berakhir
  selesai
cost costs price prices fee fees charge charges pay paid tariff expensive harga biaya tarif bayar
  membayar ongkir ongkos bayarnya
found founded establish established create created built build building constructed invented inventor
  invent developed discovered discover introduced designed design dibangun membangun pembangunan
  didirikan mendirikan pendiri pencipta diciptakan penemu ditemukan menemukan merancang
buy purchase sell sold sale order beli membeli jual menjual dijual pesan pesanan
cancel cancelled cancellation batal dibatalkan batalin pembatalan membatalkan terminate
return returned refund refunds money back retur dikembalikan kembali pengembalian dikembaliin balik
deliver delivery delivered shipping ship shipped send sent arrive arrives kirim dikirim pengiriman sampai
  antar diantar
late delay delayed terlambat telat
lost lose missing stolen nicked left hilang kehilangan dicuri
broken damaged defective faulty broke rusak pecah cacat kerusakan
change changed switch modify edit update ganti mengganti diganti ubah mengubah diubah geser
open opens opening buka dibuka
forgot forgotten reset lupa
password passcode code pin sandi kata kode
join sign signup register registration member become enrol daftar mendaftar pendaftaran anggota
car cars vehicle parking park garage mobil parkir kendaraan
child children kid kids anak
dear expensive mahal
cheap cheaper discount reduction reduced diskon potongan murah
name named called title nama bernama namanya judul disebut
wife husband spouse married marry partner istri suami menikah
job work career vacancy vacancies lowongan kerja bekerja pekerjaan
win won winner prize award champion menang juara pemenang hadiah
live lives living survive lifespan hidup tinggal
reach contact call phone telephone hubungi telepon kontak
help support assist bantuan bantu
reason why because cause caused karena sebab penyebab akibat mengapa kenapa
where located location place lies stands terletak berada letak lokasi alamat address
remaining left survive remain exist tersisa sisa
guarantee warranty garansi
instalment instalments installments cicilan nyicil cicil angsuran
present gift wrap hadiah kado bungkus
photo picture image foto gambar
fast speed quick quickly cepat kecepatan
hot temperature degrees suhu panas
loud noise decibels
borrow loan lend pinjam pinjaman kredit
house home mortgage property rumah hipotek
expire expires expiry valid validity kadaluarsa kedaluwarsa berlaku hangus
bring take carry bawa membawa
allowed permitted forbidden prohibited dilarang boleh dapat bisa larangan
test check examination cek tes periksa priksa pemeriksaan
vaccine vaccination injection suntik vaksin
doctor dokter
parallel concurrency concurrently simultaneously overlap once
retry retries retried again tries tried
upgrade upgrading update updating migrate
"""


def _by_word(groups: str) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(groups.replace("\n  ", " ").strip().splitlines()):
        for word in line.split():
            found.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


# The numbers of the groups that a word is in.
RELATED = _by_word(_GROUPS)

# Verbs and adverbs of all trades: that a passage doesn't have them tells little.
LIGHT = word_set(
    """
    go going goes went gone come comes coming came put puts see sees seen look looking show shows
    showing try tries tried keep keeps kept let lets happen happens happened work works working worked
    use uses used using find finds found want wants wanted like say says said tell tells told ask asks
    asked thing things something anything everything nothing someone somebody anyone anybody people
    person way ways kind sort type lot lots bit still already yet again back away around about
    together alone else other another same different new old good best better bad right wrong big
    small great main most least first last next previous early late later soon now today tomorrow
    yesterday always never ever often sometimes usually really actually maybe possible able allowed
    need needs needed must should run runs running set sets setting start starts started stop stops
    stopped turn turned call called name named part parts place places side day days time times week
    weeks month months year years hour hours minute minutes long short much many several few every
    each both own my your their our his her its through over under after before during until between
    without within against toward exactly roughly approximately currently normally generally instead
    because while since though although however whether either neither mean means meant know knows
    knew think thought understand explain describe describes described based related involve involved
    believe considered become became occurred occur cause caused led lead result provide provides
    provided contain contains consist consists include includes far near high low full only just even
    also rather quite very too enough more less arrive sent send give given gave bring take took taken
    make made making left leave please stuck got getting meanwhile along elsewhere towards upon saya
    mau bikin orang barang hal sesuatu cara macam jenis lagi masih terus nanti sekarang kemarin besok
    tadi dulu baru lama besar kecil bagus baik pakai dipakai pergi datang lihat coba pernah bisa perlu
    harus boleh jadi menjadi terjadi disebut bernama nama tempat bagian hari minggu bulan tahun jam
    paling sangat lebih kurang semua setiap beberapa banyak sedikit tertentu sendiri bersama selalu
    sering biasanya mungkin sebenarnya sebelum sesudah setelah selama sampai hingga antara tanpa
    melalui terhadap tentang mengenai kepada oleh punya memiliki mempunyai ada terdapat berada
    merupakan yaitu yakni digunakan menggunakan dilakukan melakukan membuat dibuat diberikan
    memberikan orangnya seperti gitu begitu begini apa aja saja
    """
)
