-- Projects and libraries that several tests use.

local M = {}

local stand_in = require("stand_in")

M.PROFILES = { "bare", "newer", "sws", "imgui09", "imgui10" }
M.ODD = "/Sämples/it's \"100%\" [a;b]/kick ü.wav"

-- A library of `count` sounds, all of which REAPER can open.
function M.library(count)
  local sounds, media = {}, {}
  for n = 1, count or 20 do
    local path = n == 3 and M.ODD or ("/lib/pack %d/sound %d.wav"):format(n % 4, n)
    sounds[n] = { path = path, bpm = n % 2 == 0 and 90 + n or 0, root = n % 3 == 0 and 110 or 0, key = n % 5 == 0 and "Am" or "", length = 0.1 * n }
    media[path] = { length = 0.1 * n }
  end
  return sounds, media
end

-- A world with a daemon behind the mailbox and one file in the project: /proj/kick.wav, one second long.
function M.world(options)
  options = options or {}
  local sounds, media = M.library(options.count)
  media["/proj/kick.wav"] = { length = 1.0 }
  for path, item in pairs(options.media or {}) do media[path] = item end
  local world = T.world({ profile = options.profile, media = media, last_played = options.last_played, picked = options.picked,
    exec = options.exec, system = options.system, make_folder = options.make_folder, getenv = options.getenv })
  local serving = options.serving or {}
  serving.sounds = serving.sounds or sounds
  stand_in.serve(world, serving)
  return world, sounds
end

function M.item(world, options)
  options = options or {}
  local track = world.project.tracks[1] or world.project:track("drums")
  options.path = options.path or "/proj/kick.wav"
  return world.project:item(track, options)
end

-- Items that no action can use, by name.
M.USELESS = {
  ["nothing selected"] = function(world) M.item(world, { selected = false }) end,
  ["an empty project"] = function() end,
  ["an empty item"] = function(world) M.item(world, { empty = true }) end,
  ["a MIDI item"] = function(world) M.item(world, { path = "", midi = true, source = { kind = "PCM_source", path = "", type = "MIDI", length = 4 } }) end,
  ["an offline file"] = function(world)
    world.media["/gone.wav"] = { length = 1, offline = true }
    M.item(world, { path = "/gone.wav" })
  end,
  ["a source without a file"] = function(world)
    M.item(world, { source = { kind = "PCM_source", path = "", type = "CLICK", length = 4 } })
  end,
  ["a take without a source"] = function(world) M.item(world).takes[1].source = nil end,
  ["an item of no length"] = function(world) M.item(world, { length = 0.001 }) end,
}

-- Keeps the panel open until the answer is there.
function M.settle(world, limit)
  local stop = world.clock + (limit or 1)
  while world:running() and world.clock < stop do world:tick() end
end

-- Types keys into whichever view is open.
function M.press(world, ...)
  for _, key in ipairs({ ... }) do
    if world.imgui then world.imgui:press(key) else world.window.keys[#world.window.keys + 1] = M.CODES[key] or key:byte() end
    world:tick()
    world:tick()
  end
end
M.CODES = { up = 30064, down = 1685026670, left = 1818584692, right = 1919379572, pageup = 1885828464, pagedown = 1885824110,
  home = 1752132965, ["end"] = 6647396, enter = 13, escape = 27, tab = 9, backspace = 8, undo = 26 }

-- Keeps what the last frame that was drawn has painted.
function M.watch(world)
  local update = world.fakes["gfx.update"]
  world.fakes["gfx.update"] = function()
    if #world.window.calls > 0 then world.painted = world.window.calls end
    update()
  end
end

-- The texts that are on screen.
function M.shown(world)
  local out = {}
  if world.imgui then return table.concat(world.imgui.texts, "\n") end
  for _, call in ipairs(world.painted or {}) do
    if call.name == "text" then out[#out + 1] = call[1] end
  end
  return table.concat(out, "\n")
end

return M
