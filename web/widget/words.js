// What the widget says, in each language. Shops' and customers' words are not here.

const WORDS = {
  en: {
    open: "Open chat",
    close: "Close chat",
    title: "Chat with us",
    log: "Messages",
    input: "Your message",
    placeholder: "Write a message",
    send: "Send",
    greeting: "How can we help?",
    disclosure: "An automatic assistant answers from our documents. You can ask for a person at any time.",
    machine: "Automatic assistant",
    waiting: "A colleague will join you soon",
    person: "You are chatting with our staff",
    fromMachine: "Automatic assistant",
    fromPerson: "Our staff",
    fromYou: "You",
    sources: "Sources",
    page: "p.",
    typing: "The assistant is writing",
    sending: "sending",
    notSent: "Not sent.",
    again: "Try again",
    unread: "unread messages",
    problems: {
      offline: "There is no connection right now.",
      expired: "Your chat session has ended. Write again to start a new one.",
      forbidden: "This chat may not be used on this page.",
      refused: "This message was not accepted.",
      busy: "That was a bit fast. Please wait a moment.",
      broken: "The chat can't be reached right now.",
    },
  },
  id: {
    open: "Buka obrolan",
    close: "Tutup obrolan",
    title: "Obrolan",
    log: "Pesan",
    input: "Pesan Anda",
    placeholder: "Tulis pesan",
    send: "Kirim",
    greeting: "Ada yang bisa kami bantu?",
    disclosure: "Asisten otomatis menjawab dari dokumen kami. Anda boleh meminta bicara dengan staf kapan saja.",
    machine: "Asisten otomatis",
    waiting: "Rekan kami akan segera bergabung",
    person: "Anda sedang mengobrol dengan staf kami",
    fromMachine: "Asisten otomatis",
    fromPerson: "Staf kami",
    fromYou: "Anda",
    sources: "Sumber",
    page: "hlm.",
    typing: "Asisten sedang menulis",
    sending: "mengirim",
    notSent: "Tidak terkirim.",
    again: "Coba lagi",
    unread: "pesan belum dibaca",
    problems: {
      offline: "Sedang tidak ada koneksi.",
      expired: "Sesi obrolan Anda sudah berakhir. Kirim pesan untuk memulai yang baru.",
      forbidden: "Obrolan ini tidak dapat dipakai di halaman ini.",
      refused: "Pesan ini tidak diterima.",
      busy: "Terlalu cepat. Mohon tunggu sebentar.",
      broken: "Obrolan sedang tidak dapat dihubungi.",
    },
  },
};

// The words for a BCP 47 tag such as `id-ID`; English for languages that are not here.
export function wordsFor(tag) {
  return WORDS[(tag ?? "").toLowerCase().split("-")[0]] ?? WORDS.en;
}

// A problem's HTTP status (0 for no answer) in words.
export function wordsForProblem(words, status) {
  const { problems } = words;
  if (status === 0) return problems.offline;
  if (status === 401) return problems.expired;
  if (status === 403 || status === 404) return problems.forbidden;
  if (status === 429) return problems.busy;
  return status >= 500 || status === 408 ? problems.broken : problems.refused;
}
