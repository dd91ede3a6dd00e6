-- @noindex
-- ReaSamplOmatic5000 on the selected track: which file it plays, how far its search has come, and another file for it.

local M = {}

local edit = require("edit")
local json = require("json")
local source = require("source")

local KEY = "P_EXT:soundkin"
local RS5K = "ReaSamplOmatic5000"

-- The sampler on the selected track and its file: track, fx index, path; nil where there is none.
function M.find()
  local track = reaper.GetSelectedTrack(0, 0)
  if not track then return nil end
  for fx = 0, reaper.TrackFX_GetCount(track) - 1 do
    local _, name = reaper.TrackFX_GetFXName(track, fx)
    if name:find(RS5K, 1, true) then
      local ok, path = reaper.TrackFX_GetNamedConfigParm(track, fx, "FILE0")
      return track, fx, ok and path ~= "" and path or nil
    end
  end
  return nil
end

-- How far the sampler's search has come: {query, at, path}; begun afresh where the file is not the one we put there.
function M.state(track, path)
  local ok, text = reaper.GetSetMediaTrackInfo_String(track, KEY, "", false)
  local state = ok and text ~= "" and json.decode(text) or nil
  local whole = type(state) == "table" and state.path == path and type(state.at) == "number" and type(state.query) == "table"
  if whole and type(state.query.path) == "string" then return state end
  return { query = { path = path }, at = 0, path = path }
end

-- Gives a sampler another file, as one undo step.
function M.load(track, fx, state, path)
  if not reaper.file_exists(path) then return nil, "the file is gone: " .. source.name(path) end
  state.path = path
  return edit.step("load similar into RS5k", function()
    reaper.TrackFX_SetNamedConfigParm(track, fx, "FILE0", path)
    reaper.TrackFX_SetNamedConfigParm(track, fx, "DONE", "")
    reaper.GetSetMediaTrackInfo_String(track, KEY, json.encode(state), true)
  end)
end

return M
