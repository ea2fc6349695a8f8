"""Every sentence that Sahut itself says to a customer, in English and Indonesian. Documents say the rest."""

from enum import StrEnum

from sahut.domain.handover import HandoverReason
from sahut.domain.lane import Smalltalk
from sahut.domain.language import ENGLISH, INDONESIAN


class Notice(StrEnum):
    DISCLOSURE = "disclosure"
    PERSON_JOINED = "person_joined"
    PERSON_LEFT = "person_left"


_ENGLISH: dict[StrEnum, str] = {
    Notice.DISCLOSURE: "I'm the automated assistant of {tenant}. Ask for a person at any time.",
    Notice.PERSON_JOINED: "A colleague from {tenant} has joined and will answer you from here.",
    Notice.PERSON_LEFT: "Our colleague has left the chat. I'm the automated assistant again.",
    Smalltalk.GREETING: "Hello! What would you like to know? I answer from the documents of {tenant}.",
    Smalltalk.THANKS: "You're welcome! Write again whenever you have another question.",
    Smalltalk.FAREWELL: "Goodbye, and thank you for writing to {tenant}!",
    Smalltalk.ACKNOWLEDGED: "Good. Write again whenever you have another question.",
    Smalltalk.IDENTITY: "I'm a machine: the automated assistant of {tenant}. I answer questions from its "
    "documents, and pass you to a person when you ask for one or when I don't know.",
    HandoverReason.ASKED_FOR_PERSON: "Of course. I'm passing you to a colleague, who will answer you here.",
    HandoverReason.NO_EVIDENCE: "I don't have a reliable answer to that. I've passed your question to a "
    "colleague, who will answer you here.",
    HandoverReason.UNSAFE_ANSWER: "I'm not sure enough of my answer to that. I've passed your question to a "
    "colleague, who will answer you here.",
    HandoverReason.MEDIA_UNREADABLE: "I can't read files, pictures or voice messages. I've passed yours to a "
    "colleague, who will answer you here. You can also type your question.",
    HandoverReason.AT_RISK: "I'm passing this to a person right away, who will read it personally. If you or "
    "somebody else is in danger now, please call the emergency number ({emergency}).",
    HandoverReason.SELF_HARM: "I'm sorry that things are so hard for you. I'm only a machine, so I'm passing "
    "your message to a person now, who will read it personally and answer you here. You don't have to carry "
    "this alone: please tell somebody near you as well, and in danger call the emergency services.",
    HandoverReason.OUT_OF_SCOPE: "I can only help with questions about our own products and services. I've "
    "passed your message to a colleague, who will have a look at it here.",
    HandoverReason.BROKEN_OFF: "I broke off my answer, because I'm not sure enough of the rest. Please "
    "don't rely on it: a colleague is looking after your question and will answer you here.",
    HandoverReason.DELIVERY_REFUSED: "My answer could not be delivered. I've passed your question to a "
    "colleague, who will answer you here.",
    HandoverReason.DELIVERY_UNCERTAIN: "My last reply may not have reached you. A colleague is looking after "
    "your question and will answer you here.",
    HandoverReason.WINDOW_CLOSED: "A colleague is looking after your question and will answer you here.",
    HandoverReason.TOO_LATE: "This is taking me too long. I've passed your question to a colleague, who will "
    "answer you here.",
    HandoverReason.FAILURE: "Something went wrong on my side. I've passed your question to a colleague, who "
    "will answer you here.",
    HandoverReason.COST_FUSE: "I've passed your question to a colleague, who will answer you here.",
    HandoverReason.TOOL_FAILED: "That didn't go through as it should, and I can't tell whether it was "
    "done. A colleague is looking after it and will answer you here.",
    HandoverReason.DEAD_LETTER: "Something went wrong on my side. I've passed your message to a colleague, "
    "who will answer you here.",
    HandoverReason.STALE: "Sorry, your message waited too long. A colleague will answer you here.",
}

_INDONESIAN: dict[StrEnum, str] = {
    Notice.DISCLOSURE: "Saya asisten otomatis {tenant}. Anda dapat meminta bicara dengan petugas kapan saja.",
    Notice.PERSON_JOINED: "Petugas {tenant} telah bergabung dan akan menjawab Anda mulai sekarang.",
    Notice.PERSON_LEFT: "Petugas kami telah keluar dari percakapan. Anda kembali dengan asisten otomatis.",
    Smalltalk.GREETING: "Halo! Apa yang ingin Anda ketahui? Saya menjawab dari dokumen {tenant}.",
    Smalltalk.THANKS: "Sama-sama! Silakan tulis lagi kalau ada pertanyaan lain.",
    Smalltalk.FAREWELL: "Sampai jumpa, dan terima kasih sudah menghubungi {tenant}!",
    Smalltalk.ACKNOWLEDGED: "Baik. Silakan tulis lagi kalau ada pertanyaan lain.",
    Smalltalk.IDENTITY: "Saya mesin: asisten otomatis {tenant}. Saya menjawab pertanyaan dari dokumennya, "
    "dan meneruskan Anda ke petugas bila Anda minta atau bila saya tidak tahu.",
    HandoverReason.ASKED_FOR_PERSON: "Tentu. Saya teruskan ke petugas kami, yang akan menjawab Anda di sini.",
    HandoverReason.NO_EVIDENCE: "Saya tidak punya jawaban yang pasti untuk itu. Pertanyaan Anda sudah saya "
    "teruskan ke petugas kami, yang akan menjawab Anda di sini.",
    HandoverReason.UNSAFE_ANSWER: "Saya kurang yakin dengan jawaban saya. Pertanyaan Anda sudah saya "
    "teruskan ke petugas kami, yang akan menjawab Anda di sini.",
    HandoverReason.MEDIA_UNREADABLE: "Saya tidak dapat membaca berkas, gambar, atau pesan suara. "
    "Kiriman Anda sudah saya teruskan ke petugas kami, yang akan menjawab Anda di sini. Anda juga dapat "
    "mengetik pertanyaan.",
    HandoverReason.AT_RISK: "Saya segera meneruskan ini ke petugas kami, yang akan membacanya sendiri. Jika "
    "Anda atau orang lain sedang dalam bahaya, hubungi nomor darurat ({emergency}).",
    HandoverReason.SELF_HARM: "Saya turut sedih karena keadaan Anda seberat ini. Saya hanya mesin, jadi "
    "pesan Anda saya teruskan sekarang ke petugas kami, yang akan membacanya sendiri dan menjawab Anda di "
    "sini. Anda tidak harus menanggungnya sendirian: ceritakan juga kepada orang terdekat, dan bila "
    "berbahaya hubungi layanan darurat.",
    HandoverReason.OUT_OF_SCOPE: "Saya hanya dapat membantu soal produk dan layanan kami. Pesan Anda sudah "
    "saya teruskan ke petugas kami, yang akan melihatnya di sini.",
    HandoverReason.BROKEN_OFF: "Jawaban saya terhenti karena saya kurang yakin dengan lanjutannya. "
    "Mohon jangan dijadikan pegangan dulu: petugas kami menangani pertanyaan Anda dan akan menjawab di sini.",
    HandoverReason.DELIVERY_REFUSED: "Jawaban saya tidak dapat dikirim. Pertanyaan Anda sudah saya teruskan "
    "ke petugas kami, yang akan menjawab Anda di sini.",
    HandoverReason.DELIVERY_UNCERTAIN: "Balasan saya tadi mungkin tidak sampai. Petugas kami menangani "
    "pertanyaan Anda dan akan menjawab di sini.",
    HandoverReason.WINDOW_CLOSED: "Petugas kami menangani pertanyaan Anda dan akan menjawab di sini.",
    HandoverReason.TOO_LATE: "Saya perlu waktu terlalu lama. Pertanyaan Anda sudah saya teruskan "
    "ke petugas kami, yang akan menjawab Anda di sini.",
    HandoverReason.FAILURE: "Ada gangguan di sistem kami. Pertanyaan Anda sudah saya teruskan ke petugas "
    "kami, yang akan menjawab Anda di sini.",
    HandoverReason.COST_FUSE: "Pertanyaan Anda sudah saya teruskan ke petugas kami, yang akan menjawab Anda "
    "di sini.",
    HandoverReason.TOOL_FAILED: "Permintaan itu tidak berjalan semestinya, dan saya tidak tahu pasti apakah "
    "sudah terlaksana. Petugas kami sedang memeriksanya dan akan menjawab Anda di sini.",
    HandoverReason.DEAD_LETTER: "Ada gangguan di sistem kami. Pesan Anda sudah saya teruskan ke petugas "
    "kami, yang akan menjawab Anda di sini.",
    HandoverReason.STALE: "Maaf, pesan Anda menunggu terlalu lama. Petugas kami akan menjawab Anda di sini.",
}

_TEXTS = {ENGLISH: _ENGLISH, INDONESIAN: _INDONESIAN}

# 112 reaches help in Indonesia, the United Kingdom and the European Union.
_EMERGENCY = "112"


def handover_notice(reason: HandoverReason, language: str) -> str:
    """What the customer is told when a person gets the conversation."""
    return _text(reason, language, "")


def smalltalk_reply(kind: Smalltalk, language: str, tenant_name: str) -> str:
    """A line for a greeting, thanks and the like: no claim, so no citation."""
    return _text(kind, language, tenant_name)


def disclosure(language: str, tenant_name: str) -> str:
    """Says that a machine writes: at or before the first reply of a session (EU AI Act, article 50)."""
    return _text(Notice.DISCLOSURE, language, tenant_name)


def person_joined(language: str, tenant_name: str) -> str:
    return _text(Notice.PERSON_JOINED, language, tenant_name)


def person_left(language: str, tenant_name: str) -> str:
    return _text(Notice.PERSON_LEFT, language, tenant_name)


def _text(key: StrEnum, language: str, tenant_name: str) -> str:
    """English where the language is not spoken. Plain replacement: a tenant's name may have braces."""
    text = _TEXTS.get(language, _ENGLISH)[key]
    return text.replace("{emergency}", _EMERGENCY).replace("{tenant}", tenant_name)
