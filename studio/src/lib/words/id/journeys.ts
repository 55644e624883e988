import type { journeys as english } from "../en/journeys.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what begins workflows, what they are for and when they send. */
export const journeys: Spoken<typeof english> = {
  enrolOn: "Dimulai",
  enrolOns: {
    hand: "hanya oleh orang",
    condition: "ketika syarat terpenuhi",
    created: "ketika rekaman dibuat",
    event: "ketika peristiwa datang",
  },
  enrolEvent: "Peristiwa yang memulai",
  enrolAgain: "Rekaman boleh masuk lagi",
  enrolWindow: "Paling cepat setelah hari",
  goalWhen: "Tujuan tercapai ketika",
  exitWhen: "Keluar ketika",
  neverHolds: "Tanpa syarat: tidak pernah berlaku.",
  quietFrom: "Tidak ada yang dikirim dari",
  quietTo: "sampai",
  quietZone: "Menurut zona waktu",
  quietWorkspace: "ruang kerja",
  capsTitle: "Paling banyak",
  capMax: "Sebanyak",
  capDays: "dalam hari",
  capOver: "Yang berlebih",
  capOvers: { wait: "menunggu", skip: "ditinggalkan" },
  addCap: "Batasi pengiriman",
  noEvent: "tidak ada",
  eventSource: "Datang dari",
  eventSources: { user: "orang", record: "perubahan rekaman", integration: "luar", run: "proses lain" },
  eventWhen: "Dikirim ketika",
  eventKey: "Ditemukan lewat (kunci)",
  eventKept: "Disimpan selama menit",
  intakeKey: "Kunci ada di",
  intakeKeyHint: "misalnya /order; sebagai ganti rekaman",
};
