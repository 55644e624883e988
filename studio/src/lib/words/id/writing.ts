import type { writing as english } from "../en/writing.ts";
import type { Spoken } from "../spoken.ts";

/** The words of messages in several languages, and of whom a message goes to. */
export const writing: Spoken<typeof english> = {
  messageWritten: "Bahasa",
  messageWrittenIn: "Sudah ditulis",
  messageWriteAlso: "Tulis juga dalam",
  messageWrittenAlso: (language) => `Tulis dalam ${language}`,
  messageUnwrite: (language) => `Buang ${language}`,
  messageSaysItself: (text) => `Bila kosong: ${text}`,
  messageSaysNothing: "Tidak ada kata di sini.",
  messageLanguage: "Bahasa aslinya",
  messageSpeaks: "Bahasa penerima",
  messageSpeaksText: "Pilihan penerima lewat tautan surel didahulukan.",
  messageSpeaksNone: "Tidak diketahui",
  messageZone: "Zona waktu penerima",
  messageZoneText: "Jam tanpa pengiriman dihitung menurut zona ini.",
  messageSegment: "Anggota segmen",
  messageSegmentAll: "Tanpa segmen: semua rekaman",
  messageGets: (sent, audience) => `${sent} dari ${audience} akan menerimanya.`,
  messageRefused: {
    address: (_, count) => `${count} tanpa alamat.`,
    suppressed: (_, count) => `${count} tidak dikirimi lagi: suratnya kembali atau diadukan.`,
    consent: (_, count) => `${count} belum setuju.`,
    paused: (_, count) => `${count} minta jeda.`,
  },
  messageSentToNone: "Belum pernah dikirim ke banyak.",
  messageSegmentBuilding: (title) => `Anggota “${title}” masih dihitung. Surel bisa dikirim setelah selesai.`,
};
