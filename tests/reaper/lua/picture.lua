-- Opens the panel in one of three situations and prints what it drew, one call a line, for render_panel.py.

local here = arg[0]:match("^(.*[/\\])") or "./"
package.path = here .. "?.lua;" .. os.getenv("SOUNDKIN_REAPER_SCRIPTS") .. "/soundkin_lib/?.lua;" .. package.path

local stand_in = require("stand_in")

local HITS = {
  { "Drums/808 Vault/Kick 808 Long.wav", 0.962, 0.84, 0, 55.0 }, { "Drums/808 Vault/Kick 808 Short.wav", 0.941, 0.42, 0, 55.0 },
  { "Field/door thump 03.wav", 0.903, 0.51, 0, 0 }, { "Drums/Acoustic/Kick Felt p.wav", 0.897, 0.63, 0, 61.7 },
  { "Loops/Boom Bap/bb_kickloop_92.wav", 0.871, 10.43, 92, 0, "Am" }, { "Drums/Hybrid/hyb_kick_12.wav", 0.866, 0.39, 0, 49.0 },
  { "Foley/sack drop.wav", 0.852, 0.77, 0, 0 }, { "Drums/Techno/TK 04 F.wav", 0.838, 0.46, 0, 43.7 },
  { "Loops/Halftime/ht_low_140.wav", 0.822, 6.86, 140, 0, "F#m" }, { "Drums/Acoustic/Kick Wood f.wav", 0.815, 0.58, 0, 58.3 },
  { "Drums/Lo-Fi/kick dusty.wav", 0.801, 0.35, 0, 0 }, { "Orchestral/gran cassa pp.wav", 0.788, 3.21, 0, 41.2 },
  { "Drums/Techno/TK 07.wav", 0.779, 0.44, 0, 0 }, { "Field/car boot.wav", 0.774, 0.92, 0, 0 },
}

local sounds, media = {}, { ["/Projects/Song/kick in.wav"] = { length = 1.4 } }
for n, hit in ipairs(HITS) do
  sounds[n] = { path = "/Samples/" .. hit[1], score = hit[2], length = hit[3], bpm = hit[4], root = hit[5], key = hit[6] }
  media[sounds[n].path] = { length = hit[3] }
end
for n = #sounds + 1, 1240 do sounds[n] = { path = ("/Samples/More/%04d.wav"):format(n), score = 0.7 - n / 4000 } end

local world = require("world").new({ profile = "sws", media = media })
stand_in.serve(world, { sounds = sounds, down = arg[1] == "offline" })
local item = world.project:item(world.project:track(), { path = "/Projects/Song/kick in.wav", offset = 0.12, length = 0.9 })
local painted
local update = world.fakes["gfx.update"]
world.fakes["gfx.update"] = function()
  if #world.window.calls > 0 then painted = world.window.calls end
  update()
end
assert(world:start("Find similar to selected item"))
local KEYS = { found = { 1685026670, 1685026670 }, tuned = { ("4"):byte(), 1919379572, 1919379572, 1919379572 }, offline = {} }
for _ = 1, 20 do world:tick() end
for _, key in ipairs(KEYS[arg[1]]) do
  world.window.keys[1] = key
  world:tick()
end
if arg[1] == "tuned" then
  local short = {}
  for _, sound in ipairs(sounds) do short[#short + 1] = (sound.length or 0.5) < 1 and sound or nil end
  world.serving.sounds = short
  for char in ("/dur<1"):gmatch(".") do
    world.window.keys[1] = char:byte()
    world:tick()
  end
end
for _ = 1, 20 do world:tick() end
print(("size %d %d"):format(world.window.vars.w, world.window.vars.h))
for _, call in ipairs(painted) do
  local colour = ("#%02x%02x%02x"):format(math.floor(call.r * 255), math.floor(call.g * 255), math.floor(call.b * 255))
  if call.name == "rect" then
    print(("rect %s %d %d %d %d %d"):format(colour, call[1], call[2], call[3], call[4], call[5]))
  elseif call.name == "text" then
    print(("text %s %d %d %d %d %d %s"):format(colour, call.x, call.y, call[3], call[4], call[2], call[1]))
  end
end
assert(item)
