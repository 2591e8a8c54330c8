/** For the hidden page that has the GPU: hands over one port, and nothing else. The page itself gets no way to Electron. */
import { ipcRenderer } from 'electron'
import { gpuPortMessage } from '../shared/api/gpuPage.ts'

ipcRenderer.once(gpuPortMessage, (event) => {
  // The page listens once it has loaded; the message is sent after that.
  window.postMessage(gpuPortMessage, '*', [...event.ports])
})
