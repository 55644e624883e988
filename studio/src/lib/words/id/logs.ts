import type { logs as english } from "../en/logs.ts";
import type { Spoken } from "../spoken.ts";

/** The words of logs from elsewhere that are held against a workflow. */
export const logs: Spoken<typeof english> = {
  log: "Log dari sistem lain",
  logText:
    "Yang dicatat sistem lain dibandingkan dengan alur kerja ini sebagaimana diterbitkan: apa mengikuti apa, dan di mana kasus menyimpang dari rancangan. Syarat melihat rekaman kosong. Log tidak disimpan.",
  logFile: "Berkas CSV",
  logPaste: "Atau ditempel",
  logPasteHint: "Baris judul dengan nama kolom, lalu satu baris untuk setiap kejadian.",
  logUnread: "Ini bukan log: perlu baris judul, tiga kolom, dan satu baris.",
  logCase: "Kasus",
  logActivity: "Aktivitas",
  logAt: "Waktu",
  logResource: "Oleh siapa",
  logNoColumn: "Tidak ada",
  logRead: (events: string, cases: string) => `${events} kejadian, ${cases} kasus.`,
  logSkipped: (rows: string) => `Baris tanpa kasus, aktivitas, atau waktu yang dilewati: ${rows}.`,
  logNothing: "Tidak ada baris yang menyebut kejadian.",
  logMeans: "Arti aktivitas di sini",
  logMeansNothing: "Tidak ada di alur kerja ini",
  logHold: "Bandingkan dengan alur kerja",
  logAgainst: (title: string) => `Log terhadap “${title}”`,
  logFits: (fitting: string, cases: string, percent: string) =>
    `${fitting} dari ${cases} kasus berjalan sesuai rancangan (${percent} %).`,
  logTaken: (taken: string, events: string) => `${taken} dari ${events} kejadian diterima.`,
  logStood: "Berada di",
  logDid: "Lalu terjadi",
  logWhy: "Mengapa tidak bisa",
  logCases: "Kasus",
  logEvents: "Kejadian",
  logFirst: (shown: string, all: string) => `${shown} yang tersering dari ${all} macam penyimpangan.`,
  logGraph: "Gambar log",
  logEdges: "Apa mengikuti apa dalam log",
  logWays: "Jalan tersering dalam log",
  logResources: "Oleh siapa",
};
