/** Agreement of two gradings. */

/**
 * Cohen's weighted kappa with quadratic weights (Cohen, Psychological Bulletin 1968): 1 is full agreement, 0 what chance gives
 * for these frequencies of grades, below 0 is worse. Grades are 0 to grades - 1, by image; null where the two could not
 * disagree: one and the same grade for all, or no image.
 */
export function quadraticKappa(a: readonly number[], b: readonly number[], grades: number): number | null {
  const frequencies = (given: readonly number[]) => {
    const counts = new Array<number>(grades).fill(0)
    for (const grade of given) counts[grade]++
    return counts
  }
  const [fa, fb] = [frequencies(a), frequencies(b)]
  const observed = a.reduce((sum, grade, i) => sum + (grade - b[i]) ** 2, 0)
  let expected = 0
  for (let i = 0; i < grades; i++)
    for (let j = 0; j < grades; j++) expected += (fa[i] * fb[j] * (i - j) ** 2) / a.length
  return expected > 0 ? 1 - observed / expected : null
}
