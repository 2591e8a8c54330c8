/** Label maps that lie beside their scans, as BraTS has them: X_t1, X_flair and X_seg in one folder. */
import { dirname, sep } from 'node:path'
import type { ChannelGroup } from './channels.ts'
import { labelEnd, stemOf } from './names.ts'
import { realOrSame, walk, type FoundFile } from './walk.ts'

/** The case that a file is a label map of, by its name alone: "X_seg", "X-label" → "x". A channel may be called so, too. */
function labelledCase(path: string, channels: readonly string[]): string | undefined {
  const [, base, mark] = /^(.+)[-_](seg|label)$/i.exec(stemOf(path)) ?? []
  return channels.some((name) => name.toLowerCase() === mark?.toLowerCase()) ? undefined : base?.toLowerCase()
}

/**
 * The label maps in a folder that holds scans as well: it, or what is below it, was named for both, and in it label maps
 * lie beside files of their case. There the names alone say which is which. Undefined where all in it are label maps.
 */
export function labelMapsAmong(
  paths: readonly string[],
  labelFolder: string,
  channels: readonly string[] = [],
): FoundFile[] | undefined {
  const folder = realOrSame(labelFolder)
  if (!paths.map(realOrSame).some((path) => path === folder || path.startsWith(folder + sep))) return undefined
  const { files } = walk([labelFolder])
  const isLabelMap = ({ path }: FoundFile) => labelledCase(path, channels) !== undefined
  const mixed = [...Map.groupBy(files, ({ path }) => dirname(path)).values()].some((neighbours) => {
    const scans = neighbours.filter((file) => !isLabelMap(file) && isScan(file))
    return neighbours.some(({ path }) => {
      const base = labelledCase(path, channels)
      return base !== undefined && scans.some((scan) => belongsTo(scan, base))
    })
  })
  return mixed ? files.filter(isLabelMap) : undefined
}

/** Not what lies beside a label map (X_seg.json), nor one of another kind (X_mask.nii). */
const isScan = ({ path }: FoundFile): boolean => /\.(nii|nii\.gz|hdr|img)$/i.test(path) && !labelEnd.test(stemOf(path))

/** "X.nii.gz" and "X_t1.nii.gz" belong to "x". */
function belongsTo({ path }: FoundFile, base: string): boolean {
  const stem = stemOf(path).toLowerCase()
  return stem === base || (stem.startsWith(base) && /^[-_. ]/.test(stem.slice(base.length)))
}

/** `files` without `others`, by whatever way either was found. */
export function without(files: readonly FoundFile[], others: readonly FoundFile[]): FoundFile[] {
  const real = new Set(others.map(({ path }) => realOrSame(path)))
  return files.filter(({ path }) => !real.has(realOrSame(path)))
}

/** Of files that are no channel: those that are label maps of one of these cases beside them. */
export function labelsOfGroups(files: readonly FoundFile[], groups: readonly ChannelGroup[]): Set<FoundFile> {
  const place = (path: string, base: string) => `${dirname(path)}/${base.toLowerCase()}`
  const cases = new Set(groups.flatMap(({ base, files: found }) => found.map((file) => file && place(file.path, base))))
  return new Set(
    files.filter(({ path }) => {
      const base = labelledCase(path, [])
      return base !== undefined && cases.has(place(path, base))
    }),
  )
}
