/** What of the services is served: their requests, events, and files by URL (volumes, label maps, thumbnails), uploads. */
import type { Services } from '../services/index.ts'

export type ServedProgram = Pick<Services, 'handlers' | 'on' | 'files' | 'upload'>
export type Files = Services['files']
export type Upload = Services['upload']
