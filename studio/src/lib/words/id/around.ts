/** Kata-kata linimasa yang memuat rekaman lain. */
export const around = {
  noSubject: "Tanpa subjek",
  mailFrom: (who: string) => `dari ${who}`,
  mailSent: "terkirim",
  hiddenHere: "Sesuatu yang tidak Anda lihat",
  changedIt: "mengubahnya",
  filledIn: (titles: string) => `Yang dibiarkan kosong diisi otomatis: ${titles}`,
} as const;
