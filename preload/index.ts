/**
 * The only thing between the page and Electron: two functions that carry the contract, and one that tells where
 * a dropped file lies, no more. Which requests exist, and
 * whether one is well formed, is decided in the main process.
 */
import { contextBridge, ipcRenderer, webUtils, type IpcRendererEvent } from 'electron'
import { eventChannel, requestChannel, type Bridge } from '../shared/api/bridge.ts'

const bridge = {
  pathOf: (file) => webUtils.getPathForFile(file),
  invoke: (name, input) => ipcRenderer.invoke(requestChannel, name, input),
  listen(listener) {
    // Without the event object: it holds the sender.
    const hear = (_: IpcRendererEvent, name: string, payload: unknown) => listener(name, payload)
    ipcRenderer.on(eventChannel, hear)
    return () => void ipcRenderer.off(eventChannel, hear)
  },
} satisfies Bridge

contextBridge.exposeInMainWorld('handful', bridge)
