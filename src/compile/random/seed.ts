/** Seeds of steps that are given none, the only numbers here that nothing determines. */

/** A whole number in 0 … 2⁵² − 1, another one each time. */
export const drawSeed = (): number => Math.floor(Math.random() * 2 ** 52);
