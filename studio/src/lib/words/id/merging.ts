/** The words of joining records into one. */
export const merging = {
  merging: {
    title: (entity: string) => `Gabungkan ${entity.toLowerCase()}`,
    find: (entity: string) => `${entity} lain untuk yang sama`,
    found: "Ditemukan",
    noneFound: "Tidak ditemukan yang lain.",
    values: "Nilai siapa yang berlaku",
    stays: "Yang ini tetap",
    leave: (name: string) => `Jangan sertakan ${name}`,
    alike: "Tidak ada perbedaan yang bisa dipilih.",
    moves: "Yang berpindah",
    movesTo: (name: string) => `Berpindah ke ${name}`,
    mails: "surel",
    notes: "catatan",
    files: "berkas",
    nothingMoves: "tidak ada",
    trashed: (names: string) =>
      `${names}: masuk tempat sampah dan menunjuk ke sini. Jam di sana berakhir; yang di sini terus. Bisa diurungkan.`,
    noneChosen: "Pilih rekaman lain dulu.",
    merge: (count: number) => `Gabungkan ${count} rekaman`,
    act: "Gabungkan",
    done: (name: string) => `${name}: digabungkan`,
  },
} as const;
