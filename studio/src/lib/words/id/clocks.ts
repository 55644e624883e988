import type { clocks as english } from "../en/clocks.ts";
import type { Spoken } from "../spoken.ts";

/** The words of clocks: what is promised about records, and how it stands. */
export const clocks: Spoken<typeof english> = {
  clocksHead: "Jam",
  clockWaits: "menunggu",
  clockCancelled: "dibatalkan",
  clockRan: "Berjalan",
  clockPaused: "Menunggu",
  clockClosed: "Di luar jam kerja",
  clockOff: "Hari libur",
  clockAlways: "semua waktu dihitung",
  clockLeft: (left: string) => `sisa ${left}`,
  clockOver: (by: string) => `lewat ${by}`,
  clockMet: (at: string) => `dipenuhi, ${at}`,
  clockMissed: (at: string) => `terlewat, berakhir ${at}`,
  clockBy: (at: string) => `sebelum ${at}`,
  clockBefore: (used: string, until: string) => `Target lain hingga ${until}, ${used} terpakai`,
  clockUsed: (used: string, of: string) => `${used} dari ${of} terpakai, menurut`,
  clockWarned: (title: string) => `${title} segera jatuh tempo`,
  clockBreached: (title: string) => `${title} terlewat`,
};
