/** Names of lanes. What shares a lane runs one at a time, first come, first served. */
export const serverLane = (serverId: number) => `server:${serverId}`
export const imageLane = (imageId: number) => `image:${imageId}`
export const layerLane = (layerId: number) => `layer:${layerId}`
