-- The actions without a window: in place, one undo step, every edge case of selection, and what stays as it was.

local test, equal, match = T.test, T.equal, T.match
local scenes = require("scenes")
local stand_in = require("stand_in")
local json = require("json")

local NEXT, PREVIOUS, RANDOM = "Replace items with next similar", "Replace items with previous similar", "Replace items with random similar"
local CHANGING = { NEXT, PREVIOUS, RANDOM, "Insert most similar at edit cursor", "Load similar into RS5k" }

local function run(world, name)
  local ok, reason = world:run(name, 40)
  if not ok then error(reason, 2) end
end

local function undo_count(world) return #world.project.undo end

local function harmless(profile, name, what, make)
  test(("%s is harmless with %s, on %s"):format(name, what, profile), function()
    local world = scenes.world({ profile = profile })
    make(world)
    local before = world.project:dump()
    run(world, name)
    equal(world.project:dump(), before)
    equal(undo_count(world), 0)
    equal(#world.boxes, 0)
    equal(stand_in.left(world), "")
    equal(#world.asked, 0)
    match(world.tooltips[1], "Soundkin: ")
    equal(world.tooltips[#world.tooltips], "")
  end)
end

for _, profile in ipairs(scenes.PROFILES) do
  for _, name in ipairs(CHANGING) do
    for what, make in pairs(scenes.USELESS) do harmless(profile, name, what, make) end
  end
end

test("a second key press while the first still waits takes its place and leaves nothing behind", function()
  for _, ticks in ipairs({ 0, 1, 3, 12, 20 }) do
    local world = scenes.world({ serving = { delay = 0.3 } })
    local item = scenes.item(world)
    world:start(NEXT)
    equal(world.relaunch, 3)
    for _ = 1, ticks do world:tick() end
    world:exit() -- as REAPER ends a script that is launched again
    run(world, NEXT)
    match(item.takes[1].source.path, "^/lib/")
    equal(stand_in.left(world):find("req-", 1, true), nil) -- a late answer is the daemon's to sweep
  end
end)

for _, profile in ipairs({ "bare", "newer", "sws", "imgui10" }) do
  test("next similar swaps the sound and keeps everything else, on " .. profile, function()
    local world, sounds = scenes.world({ profile = profile })
    local item = scenes.item(world, { position = 3, length = 1, pitch = 2 })
    local before = world.project:dump()
    run(world, NEXT)
    local take = item.takes[1]
    equal(take.source.path, sounds[1].path)
    equal(item.values.D_POSITION, 3)
    equal(item.values.D_LENGTH, 1.0)
    equal(item.values.D_VOL, 0.5)
    equal(item.values.D_FADEINLEN, 0.01)
    equal(take.values.D_PITCH, 2)
    equal(take.values.D_VOL, 0.8)
    equal(take.strings.P_NAME, "sound 1.wav")
    equal(undo_count(world), 1)
    equal(world.project.undo[1].before, before)
    match(world.project.undo[1].name, "^Soundkin: ")
    equal(world.project.peaks, 1)
    equal(world.strict.calls.UpdateItemInProject, 2)
    equal(world.project.arrange_updates, 1)
    equal(stand_in.left(world), "")
    equal(#world.tooltips, 0)
  end)
end

test("next goes on through the list, and previous back to the original", function()
  local world, sounds = scenes.world()
  local item = scenes.item(world, { length = 0.4, offset = 0.25, name = "my kick" })
  local before = world.project:dump()
  local played = {}
  for n = 1, 4 do
    run(world, NEXT)
    played[n] = item.takes[1].source.path
    equal(played[n], sounds[n].path)
  end
  equal(world.asked[4].subject.start_s, 0.25)
  equal(world.asked[4].subject.path, "/proj/kick.wav")
  for n = 3, 1, -1 do
    run(world, PREVIOUS)
    equal(item.takes[1].source.path, played[n])
  end
  run(world, PREVIOUS)
  equal(world.project:dump(), before)
  run(world, PREVIOUS)
  equal(undo_count(world), 8)
  match(world.tooltips[1], "this is the original")
end)

test("the place in the list is kept on the take and survives a damaged note", function()
  local world, sounds = scenes.world()
  local item = scenes.item(world)
  run(world, NEXT)
  local state = json.decode(item.takes[1].strings["P_EXT:soundkin"])
  equal(state.at, 1)
  equal(state.query.path, "/proj/kick.wav")
  local kept = item.takes[1].strings["P_EXT:soundkin"]
  local damages = { (kept:gsub('"length":[%d.]+', '"length":null')), (kept:gsub('"original":{[^}]*}', '"original":{}')),
    (kept:gsub('"name":"[^"]*"', '"name":7')), '{"at":1,"query":{"path":"x"}}', "{", "[]", '"x"', '{"at":"1"}', "null", "5", '{"at":1}', '{"at":1,"query":"x"}', '{"query":{"path":"x"}}' }
  for _, damaged in ipairs(damages) do
    local now = item.takes[1].source.path
    item.takes[1].strings["P_EXT:soundkin"] = damaged
    run(world, NEXT)
    equal(world.asked[#world.asked].subject.path, now, damaged)
    equal(world.asked[#world.asked].offset, 0)
    equal(item.takes[1].source.path ~= now, true)
  end
  equal(sounds[1].path, json.decode(json.encode(sounds[1].path)))
end)

local function no_sound_twice(world)
  local seen = {}
  for _, item in ipairs(world.project.items) do
    local path = item.takes[1].source.path
    equal(seen[path], nil, path)
    seen[path] = true
  end
  equal(seen["/proj/kick.wav"], nil)
end

for _, name in ipairs({ NEXT, RANDOM }) do
  test("several items become a kit, asked for at once: one undo step and no sound twice: " .. name, function()
    local world = scenes.world({ count = 200 })
    for n = 1, 5 do scenes.item(world, { position = n }) end
    for round = 1, 3 do
      run(world, name)
      no_sound_twice(world)
      equal(undo_count(world), round)
      match(world.tooltips[#world.tooltips - 1], "5 of 5 items")
      equal(#world.asked, round)
      equal(world.asked[round].address, "/soundkin/find/kit")
      equal(#world.asked[round].like, 5)
      equal(world.asked[round].like[1].path, "/proj/kick.wav")
    end
  end)
end

test("a kit asks for the parts that are heard, with the filter, and goes on and back through each item's own list", function()
  local world, sounds = scenes.world({ count = 40 })
  world.ext["soundkin/filter"] = "kind:oneshot"
  local a = scenes.item(world, { length = 3 })
  local b = scenes.item(world, { offset = 0.25, length = 0.5 })
  local before = world.project:dump()
  for round = 0, 5 do
    run(world, NEXT)
    equal(a.takes[1].source.path, sounds[2 * round + 1].path)
    equal(b.takes[1].source.path, sounds[2 * round + 2].path)
  end
  equal(world.asked[6].each > 6, true)
  local like = world.asked[6].like
  equal(like[1].path .. " " .. tostring(like[1].start_s), "/proj/kick.wav nil")
  equal(("%s %.2f %.2f"):format(like[2].path, like[2].start_s, like[2].end_s), "/proj/kick.wav 0.25 0.75")
  equal(world.asked[6].filter, "kind:oneshot")
  for round = 4, 0, -1 do
    run(world, PREVIOUS)
    equal(a.takes[1].source.path, sounds[2 * round + 1].path)
    equal(b.takes[1].source.path, sounds[2 * round + 2].path)
  end
  run(world, PREVIOUS)
  equal(world.project:dump(), before)
end)

test("what a locked item plays is a locked slot of the kit, and no other item gets it", function()
  local world, sounds = scenes.world()
  scenes.item(world)
  local locked = scenes.item(world, { path = sounds[1].path })
  locked.values.C_LOCK = 1
  run(world, NEXT)
  equal(world.asked[1].address, "/soundkin/find/path") -- one item alone is no kit
  equal(world.project.items[1].takes[1].source.path, sounds[2].path)
  scenes.item(world)
  run(world, NEXT)
  equal(world.asked[2].locked, "2")
  equal(world.asked[2].like[3].path, sounds[1].path)
  equal(locked.takes[1].source.path, sounds[1].path)
  no_sound_twice(world)
end)

test("items that come to their list's end, or back to the original, leave no sound to two items", function()
  local swap = require("swap")
  local function hit(rank, path) return { rank = rank, path = path, score = 0.5 } end
  local function all(...)
    local answers = {}
    for n, hits in ipairs({ ... }) do answers[n] = { ok = true, hits = hits } end
    return answers
  end
  local items = { { path = "/x", at = 0 }, { path = "/a", at = 1 } }
  local plan = swap.plan("next", items, all({ hit(0, "/a"), hit(1, "/b") }, { hit(0, "/a") }))
  equal(plan[1].hit.path, "/b")
  equal(plan[2].reason, "no further similar sound")
  items = { { path = "/x", at = 3 }, { path = "/a", at = 1, back = "/o" } }
  plan = swap.plan("previous", items, all({ hit(0, "/p"), hit(1, "/o") }, { hit(0, "/a") }))
  equal(plan[1].hit.path, "/p")
  equal(plan[2].reason, "original")
  equal(swap.plan("next", { items[1] }, all({ hit(3, "/k"), hit(4, "/l") }), nil, { "/k" })[1].hit.path, "/l")
end)

for what, refusal in pairs({ ["an older daemon"] = { 2, "unknown address" }, ["an item that cannot be read"] = { 3, "not readable" } }) do
  test("with " .. what .. " the items are asked for one by one, not too many at once, and still get different sounds", function()
    local world = scenes.world({ count = 60, serving = { refuse_kits = refusal } })
    for n = 1, 14 do scenes.item(world, { position = n }) end
    local most, rename = 0, world.on_rename
    function world.on_rename(to)
      rename(to)
      most = math.max(most, #world.pending)
    end
    run(world, NEXT)
    equal(#world.asked, 15)
    equal(most > 2 and most <= 8, true)
    no_sound_twice(world)
    equal(undo_count(world), 1)
  end)
end

test("more items than a kit holds, and places beyond its alternates, are asked for one by one", function()
  local world = scenes.world({ count = 120 })
  for n = 1, 65 do scenes.item(world, { position = n }) end
  run(world, NEXT)
  equal(#world.asked, 65)
  match(world.tooltips[1], "64 of 65 items changed") -- a page of hits holds 64
  local far = { state = { query = { path = "/a" } }, at = 61 }
  equal(require("kit").question("next", { far, far }, {}, ""), nil)
  far.at = 59
  equal(require("kit").question("next", { far, far }, {}, "").each, 64)
  equal(require("kit").question("previous", { far, far }, {}, "").each, 59)
end)

test("long paths travel in several strings, and a kit that is too long is asked for one by one", function()
  for _, case in ipairs({ { 12, 5, "/soundkin/find/kit" }, { 12, 20, "/soundkin/find/path" } }) do
    local count, long = table.unpack(case)
    local media, folder = {}, "/" .. ("ü"):rep(20 * long)
    for n = 1, count do media[folder .. n .. ".wav"] = { length = 1 } end
    local world = scenes.world({ count = 60, media = media })
    for n = 1, count do scenes.item(world, { path = folder .. n .. ".wav" }) end
    run(world, NEXT)
    equal(world.asked[1].address, case[3])
    if case[3]:find("kit") then equal(world.asked[1].strings, 2) end
    equal(undo_count(world), 1)
    no_sound_twice(world)
  end
end)

test("a daemon that falls silent is told once and asked no more", function()
  local world = scenes.world({ serving = { silent = true } })
  for n = 1, 70 do scenes.item(world, { position = n }) end
  local began = world.clock
  run(world, NEXT)
  match(world.tooltips[1], "does not answer")
  equal(world.clock - began < 1.5 + 2.5 + 0.5, true)
  equal(undo_count(world), 0)
  equal(world.posted <= 8, true)
end)

test("a mixed selection changes what can be changed and says so", function()
  local world = scenes.world()
  scenes.item(world, { position = 1 })
  scenes.item(world, { empty = true })
  local marked = scenes.item(world, { position = 2 })
  marked.takes[1].markers = 3
  run(world, NEXT)
  equal(marked.takes[1].source.path, "/proj/kick.wav")
  equal(undo_count(world), 1)
  match(world.tooltips[1], "1 of 1 items")
  match(world.tooltips[1], "empty")
end)

test("a locked item is left alone", function()
  local world = scenes.world()
  local item = scenes.item(world)
  item.values.C_LOCK = 1
  run(world, NEXT)
  equal(undo_count(world), 0)
  match(world.tooltips[1], "locked")
  item.values.C_LOCK = 2 -- something else than the item is locked
  run(world, NEXT)
  equal(undo_count(world), 1)
end)

test("random similar really varies and never repeats what plays", function()
  local world = scenes.world({ count = 40 })
  local item = scenes.item(world)
  local seen, kinds = nil, {}
  for _ = 1, 12 do
    run(world, RANDOM)
    local path = item.takes[1].source.path
    equal(path ~= seen, true)
    seen = path
    kinds[path] = true
  end
  local count = 0
  for _ in pairs(kinds) do count = count + 1 end
  equal(count > 4, true)
end)

test("the page that is asked for moves with the place in the list, but for random", function()
  local page = require("swap").page
  local function same(at, direction, offset)
    local from, count = page(at, direction)
    equal(from, offset, direction .. " at " .. at)
    equal(count, 64)
  end
  same(0, "next", 0)
  same(20, "previous", 0)
  same(100, "next", 68)
  same(100, "previous", 68)
  same(100, "random", 0)
end)

test("an identical copy in the library is passed over", function()
  local world, sounds = scenes.world()
  sounds[1].score = 1.0
  local item = scenes.item(world)
  run(world, NEXT)
  equal(item.takes[1].source.path, sounds[2].path)
end)

test("a shorter sound does not loop in an item that did not loop, and loops in one that did", function()
  local world = scenes.world()
  local once = scenes.item(world, { length = 0.8 })
  local looped = scenes.item(world, { length = 4 })
  run(world, NEXT)
  equal(once.values.B_LOOPSRC, 0.0)
  equal(looped.values.B_LOOPSRC, 1.0)
  run(world, PREVIOUS)
  equal(once.values.B_LOOPSRC, 1.0)
end)

test("with Fit item switched on the item takes the sound's length at its speed", function()
  local world, sounds = scenes.world()
  world.ext["soundkin/fit"] = "1"
  local item = scenes.item(world, { length = 0.8, rate = 2 })
  run(world, NEXT)
  equal(item.values.D_LENGTH, sounds[1].length / 2)
  run(world, PREVIOUS)
  equal(item.values.D_LENGTH, 0.8)
  equal(world.strict.calls.UpdateItemInProject >= 2, true)
end)

test("the part that is heard is found in looped and reversed sources", function()
  local audible = require("source").audible
  local function part(...)
    local start, stop = audible(...)
    return ("%.3f %.3f"):format(start, stop)
  end
  equal(part(0, 2, 5, false), "0.000 2.000")
  equal(part(1, 9, 5, false), "1.000 5.000")
  equal(part(4.5, 2, 5, false), "4.500 5.000")
  equal(part(6, 2, 5, false), "1.000 3.000")
  equal(part(5, 2, 5, false), "0.000 2.000")
  equal(part(-1, 0.5, 5, false), "4.000 4.500")
  equal(part(1, 2, 5, true), "2.000 4.000")
  equal(part(0, 9, 5, true), "0.000 5.000")
end)

test("the slice that is heard is the question: offset, length, rate", function()
  local world = scenes.world()
  scenes.item(world, { offset = 0.2, length = 0.25, rate = 2 })
  run(world, NEXT)
  local subject = world.asked[1].subject
  equal(world.asked[1].address, "/soundkin/find/region")
  equal(math.abs(subject.start_s - 0.2) < 1e-6, true)
  equal(math.abs(subject.end_s - 0.7) < 1e-6, true)
end)

test("the whole file is asked for as a file", function()
  local world = scenes.world()
  scenes.item(world, { length = 3 })
  run(world, NEXT)
  equal(world.asked[1].address, "/soundkin/find/path")
end)

test("a reversed section is asked for by its root and the part that is heard, and undo is the way back", function()
  local world = scenes.world()
  local root = world.project:source("/proj/kick.wav")
  local section = world.project:source(nil, "SECTION", root, { offs = 0.2, len = 0.6, rev = true })
  scenes.item(world, { source = section, length = 0.2, offset = 0.1 })
  run(world, NEXT)
  local subject = world.asked[1].subject
  equal(subject.path, "/proj/kick.wav")
  equal(math.abs(subject.start_s - 0.5) < 1e-6, true) -- 0.2 + (0.6 - 0.3)
  equal(math.abs(subject.end_s - 0.7) < 1e-6, true)
  run(world, PREVIOUS)
  match(world.tooltips[1], "reversed")
end)

test("odd paths travel whole", function()
  local world, sounds = scenes.world({ media = { [scenes.ODD .. "x.wav"] = { length = 1 } } })
  local item = scenes.item(world, { path = scenes.ODD .. "x.wav" })
  for _ = 1, 3 do run(world, NEXT) end
  equal(world.asked[1].subject.path, scenes.ODD .. "x.wav")
  equal(item.takes[1].source.path, sounds[3].path)
end)

test("a hit whose file is gone changes nothing and is told", function()
  local world, sounds = scenes.world()
  world.media[sounds[1].path] = nil
  local item = scenes.item(world)
  run(world, NEXT)
  equal(item.takes[1].source.path, "/proj/kick.wav")
  match(world.tooltips[1], "cannot open sound 1.wav")
end)

test("a hit that REAPER cannot read, or refuses, changes nothing and is told", function()
  local world, sounds = scenes.world()
  world.media[sounds[1].path].length = 0
  local item = scenes.item(world)
  run(world, NEXT)
  equal(item.takes[1].source.path, "/proj/kick.wav")
  match(world.tooltips[1], "cannot read sound 1.wav")
  world.media[sounds[1].path].length = 1
  world.strict.cache.SetMediaItemTake_Source = nil
  world.fakes.SetMediaItemTake_Source = function() return false end
  run(world, NEXT)
  match(world.tooltips[3], "REAPER refused sound 1.wav")
end)

test("an original that is gone cannot come back, and the item stays as it is", function()
  local world, sounds = scenes.world()
  local item = scenes.item(world)
  run(world, NEXT)
  world.media["/proj/kick.wav"] = nil
  run(world, PREVIOUS)
  equal(item.takes[1].source.path, sounds[1].path)
  match(world.tooltips[1], "cannot open kick.wav")
  run(world, NEXT)
  equal(item.takes[1].source.path, sounds[2].path)
end)

test("an error or a refusal while inserting is told, and undo is closed", function()
  local world = scenes.world()
  scenes.item(world)
  world.strict.cache.InsertMedia = nil
  world.fakes.InsertMedia = function() error("boom") end
  run(world, "Insert most similar at edit cursor")
  match(world.tooltips[1], "boom")
  world.fakes.InsertMedia = function() return 0 end
  world.strict.cache.InsertMedia = nil
  run(world, "Insert most similar at edit cursor")
  match(world.tooltips[3], "could not insert")
end)

test("a sampler keeps its file when the hit's is gone", function()
  local world, sounds = scenes.world()
  local track = world.project:track("pad")
  track.selected, track.fx[1] = true, { name = "VSTi: ReaSamplOmatic5000 (Cockos)", file = "/proj/kick.wav" }
  world.media[sounds[1].path] = nil
  run(world, "Load similar into RS5k")
  equal(track.fx[1].file, "/proj/kick.wav")
  match(world.tooltips[1], "gone")
  equal(undo_count(world), 0)
end)

test("a message stays long enough to be read, and goes away", function()
  local world = scenes.world()
  local began = world.clock
  run(world, NEXT)
  equal(world.clock - began > 2, true)
  equal(world.clock - began < 4, true)
  equal(#world.tooltips, 2)
end)

test("an offline file is called offline", function()
  local world = scenes.world()
  scenes.USELESS["an offline file"](world)
  run(world, NEXT)
  match(world.tooltips[1], "offline: gone.wav")
end)

test("an item that is deleted while the daemon thinks is left alone", function()
  local world = scenes.world({ serving = { delay = 0.5 } })
  local item = scenes.item(world)
  local kept = scenes.item(world)
  world:start(NEXT)
  scenes.settle(world, 0.2)
  world.project:delete_item(item)
  world:spin(nil, 20)
  match(kept.takes[1].source.path, "^/lib/")
  match(world.tooltips[1], "gone")
end)

for what, serving in pairs({ ["does not run"] = { down = true }, ["is silent"] = { silent = true }, ["refuses"] = { fail = { 3, "no such file" } } }) do
  for _, name in ipairs(CHANGING) do
    test(name .. " changes nothing when the daemon " .. what, function()
      local world = scenes.world({ serving = serving })
      scenes.item(world)
      local before, began = world.project:dump(), world.clock
      run(world, name)
      equal(world.project:dump(), before)
      equal(undo_count(world), 0)
      equal(#world.boxes, 0)
      match(world.tooltips[1], serving.down and "not running" or serving.silent and "does not answer" or "no such file")
      equal(world.clock - began < 1.5 + 2.5 + 0.5, true)
      equal(stand_in.left(world), "")
    end)
  end
end

test("a daemon that has taken the question is waited for", function()
  local world = scenes.world({ serving = { delay = 6, claims = true } })
  local item = scenes.item(world)
  run(world, NEXT)
  match(item.takes[1].source.path, "^/lib/")
end)

test("answers to other questions and doubled ones do no harm", function()
  local world, sounds = scenes.world({ serving = { foreign = true, twice = true } })
  local item = scenes.item(world)
  run(world, NEXT)
  equal(item.takes[1].source.path, sounds[1].path)
  equal(undo_count(world), 1)
end)

test("insert puts the most similar sound at the cursor on the selected track", function()
  local world, sounds = scenes.world()
  scenes.item(world)
  local other = world.project:track("here")
  other.selected = true
  world.project.touched = world.project.tracks[1] -- what REAPER calls the current track
  world.project.cursor = 7.5
  run(world, "Insert most similar at edit cursor")
  equal(#other.items, 1)
  equal(other.items[1].takes[1].source.path, sounds[1].path)
  equal(other.items[1].values.D_POSITION, 7.5)
  equal(undo_count(world), 1)
end)

test("insert makes a track where none is selected", function()
  local world = scenes.world()
  scenes.item(world)
  run(world, "Insert most similar at edit cursor")
  equal(#world.project.tracks, 2)
  equal(undo_count(world), 1)
end)

test("RS5k is loaded on a new track, and on later calls goes through the list", function()
  local world, sounds = scenes.world()
  scenes.item(world)
  run(world, "Load similar into RS5k")
  local track = world.project.tracks[2]
  equal(track.fx[1].file, sounds[1].path)
  track.selected = true
  for n = 2, 5 do
    run(world, "Load similar into RS5k")
    equal(track.fx[1].file, sounds[n].path)
  end
  equal(undo_count(world), 5)
end)

test("an empty sampler on the selected track does not stand in the item's way", function()
  local world, sounds = scenes.world()
  scenes.item(world)
  local track = world.project:track("pad")
  track.selected, track.fx[1], track.fx[2] = true, { name = "VST: ReaEQ" }, { name = "VSTi: ReaSamplOmatic5000 (Cockos)" }
  run(world, "Load similar into RS5k")
  equal(world.project.tracks[3].fx[1].file, sounds[1].path)
end)

test("a sampler whose track is deleted while the daemon thinks is left alone", function()
  local world = scenes.world({ serving = { delay = 0.5 } })
  local track = world.project:track("pad")
  track.selected, track.fx[1] = true, { name = "VSTi: ReaSamplOmatic5000 (Cockos)", file = "/proj/kick.wav" }
  world:start("Load similar into RS5k")
  scenes.settle(world, 0.2)
  track.dead = true
  world:spin(nil, 20)
  match(world.tooltips[1], "gone")
  equal(undo_count(world), 0)
end)

test("a sampler is left alone when nothing is similar", function()
  local world = scenes.world({ serving = { sounds = {} } })
  local track = world.project:track("pad")
  track.selected, track.fx[1] = true, { name = "VSTi: ReaSamplOmatic5000 (Cockos)", file = "/proj/kick.wav" }
  run(world, "Load similar into RS5k")
  match(world.tooltips[1], "nothing similar")
  equal(track.fx[1].file, "/proj/kick.wav")
end)

test("a damaged note on the sampler's track begins afresh", function()
  local world, sounds = scenes.world()
  local track = world.project:track("pad")
  track.selected, track.fx[1] = true, { name = "VSTi: ReaSamplOmatic5000 (Cockos)", file = "/proj/kick.wav" }
  for _, damaged in ipairs({ "{", '"x"', '{"path":"/proj/kick.wav","at":3}', '{"path":"/proj/kick.wav","at":3,"query":{}}', '{"path":"/proj/kick.wav","at":"x"}', '{"path":"/other.wav","at":4}' }) do
    track.fx[1].file, track.strings = "/proj/kick.wav", { ["P_EXT:soundkin"] = damaged }
    run(world, "Load similar into RS5k")
    equal(track.fx[1].file, sounds[1].path, damaged)
  end
end)

for _, name in ipairs(CHANGING) do
  test(name .. " says so when nothing is similar", function()
    local world = scenes.world({ serving = { sounds = {} } })
    scenes.item(world)
    run(world, name)
    equal(undo_count(world), 0)
    match(world.tooltips[1], name:find("previous") and "original" or "similar")
  end)

  test(name .. " passes over the asked file and an identical copy", function()
    local world, sounds = scenes.world()
    sounds[1].score = 1.0
    sounds[2].path = "/proj/kick.wav"
    scenes.item(world)
    run(world, name)
    for _, item in ipairs(world.project.items) do equal(item.takes[1].source.path ~= sounds[1].path, true) end
    if not name:find("previous") then
      local put = name:find("RS5k") and world.project.tracks[2].fx[1].file or world.project.items[#world.project.items].takes[1].source.path
      equal(put ~= sounds[1].path and put ~= "/proj/kick.wav", true)
      if not name:find("random") then equal(put, sounds[3].path) end
    end
  end)
end

test("previous restores the very offset, also of the whole file and of a section", function()
  local world = scenes.world()
  local whole = scenes.item(world, { offset = 0.001, length = 2 })
  local root = world.project:source("/proj/kick.wav")
  local section = scenes.item(world, { source = world.project:source(nil, "SECTION", root, { offs = 0.2, len = 0.6 }), offset = 0.1, length = 0.3 })
  run(world, NEXT)
  run(world, PREVIOUS)
  equal(whole.takes[1].values.D_STARTOFFS, 0.001)
  equal(math.abs(section.takes[1].values.D_STARTOFFS - 0.3) < 1e-9, true)
  equal(section.takes[1].source.path, "/proj/kick.wav")
end)

test("peaks are built piece by piece while the script waits", function()
  local world = scenes.world()
  local item = scenes.item(world)
  world:start(NEXT)
  world:spin(function() return item.takes[1].source.path ~= "/proj/kick.wav" end, 5)
  local before = world.strict.calls.PCM_Source_BuildPeaks
  world:tick()
  equal(world.strict.calls.PCM_Source_BuildPeaks, before + 1)
  local drawn = world.strict.calls.UpdateItemInProject
  world:spin(nil, 5)
  equal(world.strict.calls.UpdateItemInProject, drawn + 1)
end)

test("an item that is deleted while its peaks are built ends the work on it", function()
  local world = scenes.world()
  local item = scenes.item(world)
  world:start(NEXT)
  world:spin(function() return item.takes[1].source.path ~= "/proj/kick.wav" end, 5)
  world.project:delete_item(item)
  item.takes[1].source.destroyed = true
  world:spin(nil, 5)
  equal(world:running(), false)
end)

test("a REAPER that runs scripts without file access says so once", function()
  local world = T.world({ profile = "restricted" })
  for _, name in ipairs({ NEXT, "Insert most similar at edit cursor" }) do
    world.boxes = {}
    equal((world:run(name)), true)
    equal(#world.boxes, 1)
    match(world.boxes[1].text, "file access")
  end
end)
