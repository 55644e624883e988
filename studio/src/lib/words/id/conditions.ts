import type { conditions as english } from "../en/conditions.ts";
import type { Spoken } from "../spoken.ts";

/** The words of conditions. */
export const conditions: Spoken<typeof english> = {
  allHold: "semua ini",
  anyHold: "salah satu dari ini",
  howRows: "Bersama",
  addGroup: "Kelompok",
  intoGroup: "Masukkan ke kelompok",
  outOfGroup: "Keluarkan dari kelompok",
  takeApart: "Bongkar kelompok",
  removeGroup: "Hapus kelompok",
  conditionKeys: "Enter mengubahnya, Alt dan panah memindahkannya, Delete menghapusnya",
  noConditions: "Tanpa syarat: selalu berlaku.",
  onlyTyped: "Baris tidak dapat menampilkannya. Ia tetap seperti diketik.",
  andRow: "dan",
  orRow: "atau",
  operators: {
    is: "adalah",
    isNot: "bukan",
    isEmpty: "kosong",
    isFilled: "tidak kosong",
    contains: "memuat",
    lacks: "tidak memuat",
    startsWith: "dimulai dengan",
    isAtLeast: "paling sedikit",
    isLess: "kurang dari",
    isFrom: "pada atau setelah",
    isBefore: "sebelum",
    isTrue: "ya",
    isNotTrue: "bukan ya",
  },
};
