"""What customers ask in these tests, and what the shops' own documents say to it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """words: finished, so that nobody waits for more. answer: part of the only right reply."""

    words: str
    answer: str
    document: str = ""


PAPUA = Question("Berapa lama pengiriman ke Papua?", "14 hari kerja", "pengiriman.md")
BALI = Question("Berapa lama pengiriman ke Bali?", "3–5 hari kerja", "pengiriman.md")
RETURNS = Question("Berapa hari batas waktu retur barang?", "14 hari", "retur-dan-penukaran.md")
PLUS = Question("What is the monthly fee of the Plus Account?", "£6")
CHAPS = Question("How much is a same-day CHAPS payment?", "£20", "fees-and-charges.md")

# Nothing in either shop's documents speaks of these.
UNKNOWN_ID = "Siapa pelatih tim nasional sepak bola Brasil?"
UNKNOWN_EN = "Who coaches the national football team of Brazil?"
WISH_ID = "Saya mau bicara dengan petugas"
WISH_EN = "I want to talk to a real person"
