/** A screen colour as DICOM's CIELab (PS3.3 C.10.7.1.1): L, a and b under D50, each 0…65535. */
export function labelColour(hex: string): [number, number, number] {
  const linear = [1, 3, 5].map((at) => {
    const v = parseInt(hex.slice(at, at + 2), 16) / 255
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
  })
  // sRGB to XYZ adapted to D50 (Bradford), as in ICC profiles.
  const matrix = [
    [0.4360747, 0.3850649, 0.1430804],
    [0.2225045, 0.7168786, 0.0606169],
    [0.0139322, 0.0971045, 0.7141733],
  ]
  const white = [0.9642, 1, 0.8251]
  const [x, y, z] = matrix.map((row, n) => {
    const t = row.reduce((sum, weight, c) => sum + weight * linear[c], 0) / white[n]
    return t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116 // prettier-ignore
  })
  const scale = (v: number, low: number, range: number) =>
    Math.min(65535, Math.max(0, Math.round(((v - low) / range) * 65535)))
  return [scale(116 * y - 16, 0, 100), scale(500 * (x - y), -128, 255), scale(200 * (y - z), -128, 255)]
}
