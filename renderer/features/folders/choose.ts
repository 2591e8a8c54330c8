import { shallowRef } from 'vue'
import { request } from '../../api/index.ts'
import { attempt } from '../../state/notices.ts'
import { info } from '../../state/session.ts'

/** A folder dialog waiting for its answer. */
export interface Asking {
  title: string
  accept: string
  answer: (folder: string | null) => void
}

export const asking = shallowRef<Asking | null>(null)

/** Lets the user choose a folder; null when cancelled. `accept`: the words on the button. */
export async function chooseFolder(title: string, accept: string): Promise<string | null> {
  if (info.value?.nativeDialogs) return attempt(() => request('app.pickFolder', { title }))
  return new Promise((resolve) => {
    asking.value = {
      title,
      accept,
      answer: (folder) => {
        asking.value = null
        resolve(folder)
      },
    }
  })
}

/** Path of `name` inside `folder`, in the manner of the machine that `folder` comes from. */
export function inside(folder: string, name: string): string {
  const separator = folder.includes('\\') ? '\\' : '/'
  return folder.endsWith(separator) ? folder + name : folder + separator + name
}
