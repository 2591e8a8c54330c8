import { ref } from 'vue'

/** Which of the app's own dialogs is open. */
export const openDialog = ref<'settings' | 'keys' | 'about' | null>(null)
