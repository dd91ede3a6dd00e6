-- The installed scripts against the real daemon: the same scenes over whichever transport SOUNDKIN_TRANSPORT names.

local test, equal, match = T.test, T.equal, T.match
local scenes = require("scenes")
local stand_in = require("stand_in")
local processes = require("processes")
local json = require("json")

local TRANSPORT = assert(os.getenv("SOUNDKIN_TRANSPORT"))
local RESOURCE = assert(os.getenv("SOUNDKIN_RESOURCE"))
local FIND, NEXT, PREVIOUS, RANDOM = "Find similar to selected item", "Replace items with next similar",
  "Replace items with previous similar", "Replace items with random similar"
local PROFILE = TRANSPORT == "udp" and "socket" or "sws"

local media, paths = {}, {}
for line in io.lines(assert(os.getenv("SOUNDKIN_SAMPLES"))) do
  local length, path = line:match("^(%S+) (.*)$")
  media[path] = { length = tonumber(length) }
  paths[#paths + 1] = path
end
local OUTSIDE = assert(os.getenv("SOUNDKIN_OUTSIDE"))
media[OUTSIDE] = { length = 0.4 }

local function world()
  local list = {}
  for path, item in pairs(media) do list[path] = item end
  local made = T.world({ profile = PROFILE, media = list, real_time = true, resource = RESOURCE, exec = processes.exec,
    make_folder = function(path) os.execute(("mkdir -p '%s'"):format(path)) end,
    list = function(path)
      local names = {}
      for name in io.popen(("ls -A '%s'"):format(path)):lines() do names[#names + 1] = name end
      return names
    end })
  made.ext["soundkin/transport"] = TRANSPORT
  return made
end

local function open(item)
  local made = world()
  scenes.watch(made)
  scenes.item(made, item)
  local ok, reason = made:start(FIND)
  if not ok then error(reason, 2) end
  return made
end

local function wait_for(made, pattern)
  local seen = made:spin(function() return scenes.shown(made):find(pattern) end, 20)
  if not seen or not made:running() then error(("%q never came; shown is:\n%s"):format(pattern, scenes.shown(made)), 2) end
end

test("the panel lists hits with their facts by " .. TRANSPORT, function()
  local made = open({ path = paths[5], length = 10 })
  wait_for(made, "1 of %d+")
  match(scenes.shown(made), "Similar to " .. paths[5]:match("[^/]+$"):gsub("%p", "%%%0"))
  match(scenes.shown(made), TRANSPORT == "udp" and "UDP 127.0.0.1" or TRANSPORT == "cli" and "soundkin command" or "file mailbox")
  for _, call in ipairs(made.painted) do
    if call.name == "text" then equal(call[1] == paths[5]:match("[^/]+$"), false, "the asked file is among its hits") end
  end
  match(scenes.shown(made), "%d s")
  made.window.keys[1] = scenes.CODES.down
  wait_for(made, "2 of %d+")
  equal(#made.project.previews > 0, true)
  equal(made.project.previews[1].values.D_VOLUME > 0, true)
end)

test("a part of a file is asked for, weights go along, and a hit becomes the next question, by " .. TRANSPORT, function()
  local made = open({ path = paths[8], length = 0.1, offset = 0.05 })
  wait_for(made, "1 of %d+")
  match(scenes.shown(made), "0.05 to 0.15 s")
  for _, key in ipairs({ "4", "right", "right", "escape" }) do
    made.window.keys[#made.window.keys + 1] = scenes.CODES[key] or key:byte()
  end
  made:tick()
  wait_for(made, "envelope 1.50")
  made:spin(function() return not scenes.shown(made):find("Listening") end, 10)
  made.window.keys[1] = ("s"):byte()
  made:tick()
  made:tick()
  wait_for(made, "1 of %d+")
end)

test("the filter reaches the daemon, and its complaint reaches the panel, by " .. TRANSPORT, function()
  local made = open({ path = paths[1] })
  wait_for(made, "1 of %d+")
  local before = tonumber(scenes.shown(made):match("1 of (%d+)"))
  for char in ("/dur<0.3"):gmatch(".") do made.window.keys[#made.window.keys + 1] = char:byte() end
  made:spin(function()
    local now = tonumber(scenes.shown(made):match("1 of (%d+)"))
    return now and now < before
  end, 10)
  local now = tonumber(scenes.shown(made):match("1 of (%d+)"))
  equal(now ~= nil and now < before, true)
  for char in (" nonsense:1"):gmatch(".") do made.window.keys[#made.window.keys + 1] = char:byte() end
  wait_for(made, "nonsense")
end)

test("a file outside the library is analysed on the fly by " .. TRANSPORT, function()
  local made = open({ path = OUTSIDE, length = 1 })
  wait_for(made, "1 of %d+")
end)

test("a file that the daemon cannot read ends in its sentence by " .. TRANSPORT, function()
  media["/nowhere/at all.wav"] = { length = 1 }
  local made = open({ path = "/nowhere/at all.wav" })
  made:spin(function() return made.painted and made.gfx and scenes.shown(made):find("at all.wav.*at all.wav") end, 20)
  match(scenes.shown(made), "at all.wav.*at all.wav")
  media["/nowhere/at all.wav"] = nil
end)

local function replaced(made, name)
  made.tooltips = {}
  local ok, reason = made:start(name)
  if not ok then error(reason, 2) end
  made:spin(function() return #made.tooltips > 0 end, 20) -- says how many were changed
  made:exit()
  local seen = {}
  for _, item in ipairs(made.project.items) do
    local path = item.takes[1].source.path
    equal(seen[path], nil, path)
    seen[path] = true
  end
  return made.tooltips[1]
end

local function places(made)
  local out = {}
  for n, item in ipairs(made.project.items) do out[n] = json.decode(item.takes[1].strings["P_EXT:soundkin"]).at end
  return table.concat(out, " ")
end

test("several items are asked for as one kit, on and back, by " .. TRANSPORT, function()
  local made = world()
  for n = 1, 3 do scenes.item(made, { path = paths[3], position = n, length = n == 2 and 0.1 or 10 }) end -- the second is a part
  match(replaced(made, NEXT), "3 of 3")
  equal(#made.project.undo, 1)
  equal(places(made), "1 1 1") -- one by one it would be 1 2 3
  local first = made.project.items[2].takes[1].source.path
  replaced(made, NEXT)
  equal(places(made), "2 2 2")
  match(replaced(made, PREVIOUS), "3 of 3")
  equal(made.project.items[2].takes[1].source.path, first)
  match(replaced(made, RANDOM), "3 of 3")
  equal(#made.project.undo, 4)
end)

if TRANSPORT ~= "cli" then
  test("a kit beyond the size of a datagram still gets different sounds by " .. TRANSPORT, function()
    local made = world()
    for n = 1, 18 do scenes.item(made, { path = paths[1 + n % 9], position = n, offset = 0.01, length = 0.1 }) end
    match(replaced(made, NEXT), "18 of 18")
    local together = places(made) == ("1 "):rep(17) .. "1"
    equal(together, TRANSPORT == "mailbox")
  end)
end

test("setup and status reports the daemon by " .. TRANSPORT, function()
  local made = world()
  made:start("Setup and status")
  made:spin(function() return #made.boxes > 0 end, 10)
  match(made.boxes[1].text, "Daemon: answers by ")
  match(made.boxes[1].text, "samples: " .. #paths)
end)

test("nothing is left in any folder by " .. TRANSPORT, function()
  for _, folder in ipairs({ RESOURCE .. "/Data/soundkin", os.getenv("SOUNDKIN_MAILBOX") }) do
    for name in stand_in.listed(folder):gmatch("[^\n]+") do equal(name, "endpoint") end
  end
end)
