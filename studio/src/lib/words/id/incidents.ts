import type { incidents as english } from "../en/incidents.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what has stopped and goes on by a person's word. */
export const incidents: Spoken<typeof english> = {
  incidents: "Insiden",
  noIncidents: "Tidak ada yang terhenti.",
  noIncidentsText: "Yang hanya berlanjut atas keputusan seseorang tercantum di sini.",
  everyWorkflow: "Semua alur kerja",
  stoppedRuns: (n: number) => `${n} terhenti`,
  incidentOpen: "Terbuka",
  incidentsAll: "Semua",
  incidentKinds: { effect: "Tidak terlaksana", told: "Tidak tersampaikan", timer: "Penantian tanpa akhir" },
  incidentWhy: {
    unknown: "Tidak diketahui apakah sudah terlaksana",
    address: "Panggilan keluar dari koneksinya",
    connection: "Koneksi tidak ada",
    font: "Dokumen memuat huruf yang memerlukan fon sendiri (TRELLIS_PDF_FONT)",
    unbound: "Koneksi belum dinyalakan",
  } as Readonly<Record<string, string>>,
  tries: (n: number) => `${n} percobaan`,
  incidentCircuit: "pihak lain dibiarkan untuk sementara",
  incidentRetry: "Coba lagi",
  incidentSkip: "Lewati",
  incidentMove: "Lanjutkan",
  incidentDone: {
    retry: (name: string) => `${name}: dicoba lagi`,
    skip: (name: string) => `${name}: dilewati`,
    move: (name: string) => `${name}: kini di status lain`,
  },
  incidentClosed: { retried: "Dicoba lagi", skipped: "Dilewati", moved: "Dipindahkan" },
  incidentSkipAsk: (title: string) => `Lewati “${title}”?`,
  incidentMoveAsk: (title: string) => `Lewat jalan lain dari “${title}”?`,
  incidentSkipText: "Proses berlanjut seolah-olah sudah terlaksana.",
  incidentMoveText: "Tidak ada yang terjadi di jalan: tindakan saat masuk status tidak dilakukan.",
  incidentMoveTo: "Ke status",
  incidentOutput: "Jawaban yang seharusnya",
  incidentOutputHint: "JSON, atau kosong",
  incidentOutputJson: "Ini bukan JSON.",
};
