/** From file names to the names of cases, and which label map belongs to which scan. */
import { basename } from 'node:path'

/** File name without folder and without the extensions of NIfTI: "a/b.nii.gz" → "b". */
export function stemOf(path: string): string {
  return basename(path).replace(/\.(nii|hdr|img)(\.gz)?$|\.gz$/i, '') || basename(path)
}

/**
 * A name that works in a list "a,b,c" on the command line and as a file name on every system: commas, separators and
 * control characters become "_"; at most 80 characters.
 */
export function safeName(text: string): string {
  const clean = Array.from(text.normalize('NFC'), (letter) => (letter < ' ' || letter === '\x7f' ? '_' : letter))
    .join('')
    .replace(/[,/\\:*?"<>|;]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[ .]+|[ .]+$/g, '')
  return Array.from(clean).slice(0, 80).join('') || 'scan'
}

// What people hang on a label map's name; longest first, so that "_labels" is not taken for "_label" and an s.
export const labelEnd =
  /[-_. ](segmentation|annotation|ground-?truth|labelmap|labels|label|masks|mask|dseg|seg|gt|roi)$/i
const labelStart = /^(segmentation|labels|label|mask|seg|gt)[-_. ]/i
// What is hung on an image's: the channel number of the Decathlon and nnU-Net, or the word itself.
const imageEnd = /[-_. ](0000|image|images|img|volume|vol|scan)$/i
const imageStart = /^(image|img|volume|vol|scan)[-_. ]/i

/** The names under which a label map may belong to a scan: its own first, then without what marks it as a label map. */
export function labelKeys(stem: string): string[] {
  return unique([stem, stem.replace(labelEnd, ''), stem.replace(labelStart, '')])
}

/** The names under which a scan may be looked for: its own first, then without a channel number or the word "image". */
export function imageKeys(stem: string): string[] {
  return unique([stem, stem.replace(imageEnd, ''), stem.replace(imageStart, '')])
}

type Image = { id: string; names: readonly string[]; relative: string | null }
type LabelFile = { path: string; relative: string }
export type Pairing<L> = { label: L; imageId: string } | { label: L; imageId: null; reason: string }

/**
 * Finds the scan for each label map by name. A better match (fewer words taken off) wins; among scans of the same name the
 * one in the same sub-folder; what is still ambiguous is refused. Two label maps for one scan: the better match wins.
 */
export function pairLabels<L extends LabelFile>(labels: readonly L[], images: readonly Image[]): Pairing<L>[] {
  const byKey = new Map<string, { image: Image; rank: number }[]>()
  for (const image of images) {
    const ranked = new Map<string, number>()
    for (const name of image.names)
      imageKeys(name).forEach((key, rank) => ranked.set(fold(key), Math.min(rank, ranked.get(fold(key)) ?? Infinity)))
    for (const [key, rank] of ranked) byKey.set(key, [...(byKey.get(key) ?? []), { image, rank }])
  }

  const wishes = labels.map((label) => {
    let best: { image: Image; rank: number }[] = []
    labelKeys(stemOf(label.path)).forEach((key, taken) => {
      for (const { image, rank } of byKey.get(fold(key)) ?? []) best.push({ image, rank: rank + 2 * taken })
    })
    const least = Math.min(...best.map((match) => match.rank))
    best = best.filter((match) => match.rank === least)
    if (best.length > 1) {
      const beside = best.filter(
        (match) => match.image.relative !== null && subfolder(match.image.relative) === subfolder(label.relative),
      )
      if (beside.length === 1) best = beside
    }
    return { label, best, rank: least }
  })

  const wanted = new Map<string, { label: L; rank: number }[]>()
  for (const { label, best, rank } of wishes)
    for (const { image } of best) wanted.set(image.id, [...(wanted.get(image.id) ?? []), { label, rank }])

  return wishes.map(({ label, best, rank }) => {
    const no = (reason: string): Pairing<L> => ({ label, imageId: null, reason })
    if (best.length === 0) {
      return no(
        'No scan of this name was found. Name the label map like its scan, or import the scan together with it.',
      )
    }
    const ids = new Set(best.map((match) => match.image.id))
    if (ids.size > 1) return no('More than one scan has this name. Give the scans names of their own.')
    const [imageId] = ids
    const rivals = (wanted.get(imageId) ?? []).filter((other) => other.label !== label)
    if (rivals.some((other) => other.rank < rank)) return no('Another label map fits this scan’s name better.')
    if (rivals.some((other) => other.rank === rank)) {
      return no('Two label maps have the name of this scan. Keep one of them in the folder.')
    }
    return { label, imageId }
  })
}

/** Folders below the chosen one: scans and label maps are often sorted the same way. */
const subfolder = (relative: string) => relative.split('/').slice(1).join('/')
const fold = (text: string) => text.normalize('NFC').toLowerCase()
const unique = (keys: string[]) => [...new Set(keys.filter((key) => key !== ''))]

/**
 * A name for a DICOM series that names nobody: modality, series number and description. The description is left out
 * where it may hold a person's name: it has a "^", or shares a word with the patient's name or number.
 */
export function dicomCaseName(
  modality: string,
  number: string | null,
  description: string | null,
  identity: readonly (string | null)[],
): string {
  const words = (text: string) =>
    fold(text)
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word.length > 2)
  const secret = new Set(identity.flatMap((text) => words(text ?? '')))
  const safe = description && !description.includes('^') && !words(description).some((word) => secret.has(word))
  return safeName([modality, number, safe ? description : null].filter((part) => part).join(' '))
}
