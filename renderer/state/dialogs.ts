/** Which dialog of the home screen or of the project is open: buttons, keys and the desktop app's menu open the same. */
import { ref } from 'vue'

export const dialog = ref<'newProject' | 'import' | 'export' | 'files' | null>(null)
