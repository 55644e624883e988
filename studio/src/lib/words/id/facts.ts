/** The words of what has happened to a record: known kinds of facts by their types, and what else there is to say of one. */
export const facts = {
  factTitles: {
    "form.submitted": "Mengisi formulir",
    "page.visited": "Mengunjungi halaman",
    "mail.sent": "Dikirimi surel",
    "mail.opened": "Membuka surel",
    "mail.clicked": "Mengeklik tautan dalam surel",
    "mail.bounced": "Surel kembali",
    "mail.complained": "Melaporkan surel sebagai spam",
    "mail.replied": "Membalas surel",
    "mail.received": "Menulis surel",
    "consent.granted": "Memberi persetujuan",
    "consent.confirmed": "Mengonfirmasi persetujuan",
    "consent.withdrawn": "Menarik persetujuan",
    "survey.answered": "Menjawab survei",
    "survey.changed": "Mengubah jawaban survei",
    "score.crossed": "Melewati batas skor",
    "segment.entered": "Masuk ke segmen",
    "segment.left": "Keluar dari segmen",
  },
  factFrom: (source: string) => `dari ${source}`,
} as const;
