import { request } from '../../api/index.ts'
import { tell } from '../../state/notices.ts'
import { words } from '../../words/index.ts'

/** Looks whether the scans of the open project are still where they were, and says so where some are not. */
export async function tellMissing(): Promise<void> {
  try {
    const missing = await request('library.missing', undefined)
    const scans = missing.reduce((sum, folder) => sum + folder.scans, 0)
    if (scans > 0) tell(words.keeping.noticed(scans), 'warn')
  } catch {
    // Nothing waits for this: what is missing says so when it is opened.
  }
}
