import type { ways as english } from "../en/ways.ts";
import type { Spoken } from "../spoken.ts";

/** The words of how many came through a journey, and of a record's own way. */
export const ways: Spoken<typeof english> = {
  journeySums: "Siapa yang telah lewat",
  runsBegun: "Masuk",
  runsActive: "Sedang di dalam",
  runsDone: "Selesai",
  runsGoal: "Mencapai tujuan",
  runsLeft: (why) => `Keluar: ${why}`,
  runsStopped: "Dihentikan",
  runsConversion: "Konversi",
  mailKinds: {
    accepted: "Terkirim",
    opened: "Dibuka orang",
    clicked: "Diklik orang",
    unsubscribed: "Berhenti langganan",
    bounced: "Kembali",
    suppressed: "Ditahan",
    rejected: "Ditolak",
    robots: "Dilihat program",
  },
  mailsInShort: (sent, opened, clicked) => `${sent} terkirim, ${opened} dibuka, ${clicked} diklik`,
  cameThroughHere: "Di jalur yang ditampilkan",
  ownJourneys: "Perjalanan dan proses",
  onTheCanvas: "Tampilkan di kanvas",
  mailPlanned: (at) => `dijadwalkan ${at}`,
  mayFrom: (at) => `boleh mulai ${at}`,
  journeyStatuses: {
    active: "berjalan",
    done: "selesai",
    goal: "tujuan tercapai",
    left: "keluar",
    stopped: "dihentikan",
    parked: "menunggu orang",
  },
  unbegunWhy: {
    running: "sudah ada di dalamnya",
    once: "sudah lewat, dan hanya sekali",
    window: "jeda antara dua kali masuk belum lewat",
    goal: "sudah mencapai tujuan",
    exit: "termasuk yang keluar",
    ahead: "tanggalnya belum tiba",
    passed: "tanggalnya sudah lewat ketika ditulis",
    empty: "tanggalnya belum diisi",
  },
};
