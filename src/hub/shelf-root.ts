// The folder of the private file system that downloads are kept under.
export const ROOT = 'hub'
