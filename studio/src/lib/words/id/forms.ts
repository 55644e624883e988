import type { forms as english } from "../en/forms.ts";
import type { Spoken } from "../spoken.ts";

/** The words of forms that follow what is typed into them, and of the conditions behind them. */
export const forms: Spoken<typeof english> = {
  notOffered: (value) => `“${value}” tidak ditawarkan di sini. Pilih yang lain.`,
  formClears: (value) => `Menyimpan akan mengosongkan: ${value}.`,
  formKeeps: (value) => `Tidak ditampilkan lagi, nilainya tetap: ${value}.`,
  formShows: (value) => `Kini juga ditanyakan: ${value}.`,
  alsoAsked: "Ini ikut ditanyakan",
  conditions: "Syarat",
  shownWhen: "Ditampilkan bila",
  requiredWhen: "Wajib diisi bila",
  requiredShown: "Wajib diisi setiap kali ditampilkan",
  whenHidden: "Bila tidak ditampilkan, nilainya",
  hiddenKeep: "tetap",
  hiddenClear: "dikosongkan",
  asOtherField: "Ditampilkan bersama",
  offers: "Pilihan menurut syarat",
  offerTitle: (n) => `Pilihan menurut syarat ${n}`,
  offerWhen: "Ditawarkan bila",
  addOffer: "Tambah pilihan menurut syarat",
  byRole: "Peran yang mengisi",
  always: "selalu",
  ruleOff: "Dinonaktifkan",
  ruleIsOn: "Aturan ini berlaku",
  sectionWhen: "Bagian ditampilkan bila",
};
