/** DICOM series: files grouped, read, and set on one grid each. */
import type { ImportContext } from './import.ts'
import { refuseFile } from './import.ts'
import { shortName, type FoundFile } from './walk.ts'

export async function importDicom(context: ImportContext, files: readonly FoundFile[]): Promise<void> {
  for (const file of files) refuseFile(context, shortName(file), 'DICOM is not read yet.', 'DICOM')
}
