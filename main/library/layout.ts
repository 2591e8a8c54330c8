/**
 * What lies where in a project folder.
 *
 *     handful.db            the index: SQLite, in WAL mode (handful.db-wal and -shm beside it while open)
 *     project.handful       opens the project when it is opened in the system's file manager
 *     handful.lock          names the process that has the project open
 *     backups/<backup>/     copies of the index and all label maps (backup.ts): one a day, and what the user asked for
 *     backups/*.db          copies of the index, made before each migration
 *     cache/<series>.bin    canonical volume: raw little-endian samples, x fastest, then y, z, channel; axes run to right,
 *                           anterior, superior; spacing and sample type as in the source
 *     cache/<series>.json   its header (CacheHeader)
 *     cache/<series>.png    a small picture of its central axial slice
 *     labels/<version>.u8.gz  a label version: gzip of one Uint8 a voxel on the canonical grid; written once, never changed
 *     labels/<version>.entropy.u8.gz  of a proposal: how unsure the model was, one byte a voxel (0 sure, 255 all labels alike)
 *     trash/                label maps that no entry in the index names; all that is in it may be deleted
 *     drafts/<case>.draft   labels in hand that are not a version yet; goes when they are saved
 *     unpacked/<archive>/   what came out of imported zip archives: the scans' own files, as they were in there
 *     dropped/<drop>/      files that were dropped into a page served to a browser, which can't tell where they lie
 *     runs/<run>/           one pretraining, fine-tuning, prediction or evaluation: config.json and what the trainer leaves
 *
 * The scans themselves stay where they are. Everything in cache/ can be made again from them; labels/ and handful.db
 * can't be made again by anyone: they are what to back up.
 */
import { join } from 'node:path'

export const databaseFile = (folder: string) => join(folder, 'handful.db')
export const projectFileExtension = '.handful'
export const projectFile = (folder: string) => join(folder, `project${projectFileExtension}`)
export const lockFile = (folder: string) => join(folder, 'handful.lock')
export const backupFolder = (folder: string) => join(folder, 'backups')
export const cacheFolder = (folder: string) => join(folder, 'cache')
export const volumeFile = (folder: string, seriesId: string) => join(folder, 'cache', `${seriesId}.bin`)
export const volumeHeaderFile = (folder: string, seriesId: string) => join(folder, 'cache', `${seriesId}.json`)
export const thumbnailFile = (folder: string, seriesId: string) => join(folder, 'cache', `${seriesId}.png`)
export const labelFolder = (folder: string) => join(folder, 'labels')
export const labelFile = (folder: string, versionId: string) => join(folder, 'labels', `${versionId}.u8.gz`)
export const entropyFile = (folder: string, versionId: string) => join(folder, 'labels', `${versionId}.entropy.u8.gz`)
export const trashFolder = (folder: string) => join(folder, 'trash')
export const draftFolder = (folder: string) => join(folder, 'drafts')
export const draftFile = (folder: string, caseId: string) => join(folder, 'drafts', `${caseId}.draft`)
export const unpackedFolder = (folder: string) => join(folder, 'unpacked')
export const droppedFolder = (folder: string, dropId: string) => join(folder, 'dropped', dropId)
export const runsFolder = (folder: string) => join(folder, 'runs')
export const runFolder = (folder: string, runId: string) => join(folder, 'runs', runId)
