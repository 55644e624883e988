import type { running as english } from "../en/running.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what has come through a workflow, and of how people begin one. */
export const running: Spoken<typeof english> = {
  cameThrough: (entered, left) => `${entered} masuk, ${left} melanjutkan`,
  stayedFor: (span) => `rata-rata ${span}`,
  leftBy: (percent) => `${percent} dari yang melanjutkan lewat jalan ini`,
  eventOrTime: "Peristiwa, atau batas waktu",
  outOfTime: "Tidak ada tanggapan",
  oneWeek: "Satu minggu",
  reminderAll: "Ingatkan semua yang dapat mengerjakannya",
  beginOn: "Mulai …",
  begunOn: (title) => `${title} dimulai`,
};
