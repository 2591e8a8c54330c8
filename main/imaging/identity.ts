/**
 * What may identify a patient, kept apart from everything else that is read. It is for display in the case list and
 * nowhere else: not in logs, file names, titles, run folders or exported pictures (PS3.15 Annex E names the fields).
 */
import type { Dataset } from './dicom/dataset.ts'
import { formatName } from './dicom/charset.ts'

export type Identity = {
  /** "Family, Given", in the file's own script. */
  patientName: string
  patientId: string
  /** As stored: YYYYMMDD, or ''. */
  birthDate: string
  sex: string
  age: string
  /** As stored: YYYYMMDD, or ''. */
  studyDate: string
  accessionNumber: string
  institution: string
  /** Free text that people type names into. */
  studyDescription: string
  seriesDescription: string
}

/** The identifying fields of a data set; '' where a field is missing. */
export function readIdentity(dataset: Dataset): Identity {
  return {
    patientName: formatName(dataset.display('x00100010')),
    patientId: dataset.display('x00100020'),
    birthDate: dataset.text('x00100030'),
    sex: dataset.text('x00100040'),
    age: dataset.text('x00101010'),
    studyDate: dataset.text('x00080020'),
    accessionNumber: dataset.display('x00080050'),
    institution: dataset.display('x00080080'),
    studyDescription: dataset.display('x00081030'),
    seriesDescription: dataset.display('x0008103e'),
  }
}
