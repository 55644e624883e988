import type { desk as english } from "../en/desk.ts";
import type { Spoken } from "../spoken.ts";

/** The words of the desk: queues, what waits in them, and taking it. */
export const desk: Spoken<typeof english> = {
  desk: "Meja layanan",
  queuesLabel: "Antrean",
  deskMine: "Pada saya",
  deskOffered: "Ditawarkan kepada saya",
  deskWaiting: "Menunggu",
  deskOthers: "Pada orang lain",
  deskEmpty: "Tidak ada yang menunggu",
  deskEmptyText: "Yang masuk langsung tampil di sini.",
  takeNext: "Ambil berikutnya",
  takeThis: "Ambil",
  giveBack: "Kembalikan",
  presenceLabel: "Status menerima pekerjaan",
  presenceHere: "Hadir",
  presenceAway: "Pergi",
  presenceMissed: "Anda melewatkan tawaran, jadi tidak ada yang baru datang.",
  noQueues: "Belum ada antrean",
  nextRow: "Baris berikutnya",
  rowBefore: "Baris sebelumnya",
  capacityOf: (load: number, capacity: number) => `${load} dari ${capacity}`,
  queueGiven: (queue: string) => `Diberikan kepada Anda: ${queue}`,
  queueOffered: (queue: string) => `Ditawarkan kepada Anda: ${queue}`,
};
