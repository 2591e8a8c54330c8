/** Display windows of CT in Hounsfield units, as radiology departments use them. */
export const presets = [
  { key: 'brain', width: 80, level: 40 },
  { key: 'softTissue', width: 400, level: 40 },
  { key: 'lung', width: 1500, level: -600 },
  { key: 'bone', width: 2000, level: 400 },
] as const

/**
 * The display window to start with: soft tissue for CT in Hounsfield units (told by air far below zero), else what the
 * program suggests from the scan's values.
 */
export function usualWindow(modality: string, suggested: readonly [number, number]): readonly [number, number] {
  const { width, level } = presets[1]
  if (modality === 'CT' && suggested[0] < -200) return [level - width / 2, level + width / 2]
  return suggested
}

/** A sample value in few characters: whole numbers where the window is wide, three figures where it is narrow. */
export const brief = (value: number, range = Math.abs(value)): string =>
  (range >= 20 || value === 0 ? String(Math.round(value)) : value.toPrecision(3)).replace('-', '−')
