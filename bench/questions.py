"""Finished questions that the seeded tenants' documents answer, keyed by phone number id.

Finished: each ends with a question mark, so that the gathering of bursts does not wait. They are
the same for both sides.
"""

_SHOP = (
    "Berapa lama pengiriman ke Jakarta?",
    "Apakah bisa bayar di tempat (COD)?",
    "Berapa hari garansi warna batik?",
    "Metode pembayaran apa saja yang diterima?",
    "Berapa belanja minimal untuk gratis ongkir di Pulau Jawa?",
    "Kapan nomor resi dikirim?",
    "Bagaimana cara klaim garansi?",
    "Berapa biaya asuransi pengiriman?",
)
_BANK = (
    "What is the contactless limit of the debit card?",
    "How long does a Faster Payments transfer take?",
    "When does a replacement card arrive?",
    "What is the cut-off time for CHAPS payments?",
    "How do I activate a new card?",
    "What does the credit card charge for cash withdrawals?",
    "When are the branches closed?",
    "How much emergency cash can I get if my card is lost abroad?",
)
QUESTIONS = {"100200300400501": _SHOP, "100200300400502": _BANK}


def question(phone_number_id: str, number: int) -> str:
    """The number-th question to this phone number; they repeat."""
    asked = QUESTIONS[phone_number_id]
    return asked[number % len(asked)]
