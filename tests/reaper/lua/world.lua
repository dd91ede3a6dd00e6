-- One REAPER for one test: the strict API over the fakes, a defer loop under a clock, and a sandbox that scripts run in
-- (no globals of their own, no files of samples opened, no console). `check()` tells what must hold at the end.

local M = {}

local strict = require("strict")
local fake_project = require("fake_project")
local api = dofile((os.getenv("SOUNDKIN_REAPER_TESTS") or "tests/reaper") .. "/api.lua")
local has_socket, socket = pcall(require, "socket")

local SCRIPTS = os.getenv("SOUNDKIN_REAPER_SCRIPTS") or "scripts/reaper/soundkin"
local TICK_S = 0.033

local World = {}
World.__index = World

M.PROFILES = {
  bare = { reaper = 7.08 },
  newer = { reaper = 7.40 },
  sws = { reaper = 7.40, sws = true },
  imgui09 = { reaper = 7.40, imgui = "0.9" },
  imgui10 = { reaper = 7.40, sws = true, imgui = "0.10", reapack = true },
  socket = { reaper = 7.40, sws = true, socket = true },
  restricted = { reaper = 7.08, restricted = true },
}

-- options: profile (name), media (path -> {length=}), resource, getenv, real_time, system, exec.
function M.new(options)
  options = options or {}
  local self = setmetatable({ options = options, profile = M.PROFILES[options.profile or "bare"], clock = 100.0, deferred = {},
    exits = {}, ext = {}, boxes = {}, tooltips = {}, opened = {}, explorer = {}, located = {}, actions = {}, log = {},
    context = "", answers = {}, ticks = 0, slowest = 0, written = {} }, World)
  self.media = options.media or {}
  self.fakes = {}
  self.strict = strict.new(api, self.profile, self.fakes)
  self.project = fake_project.new(self.media, function(text) self.strict:violation(text, 3) end)
  for name, fake in pairs(require("fake_items")(self.project)) do self.fakes[name] = fake end
  for name, fake in pairs(require("fake_host")(self)) do self.fakes[name] = fake end
  self.reaper = self.strict:reaper()
  self.gfx, self.window = require("fake_gfx").new(self.strict)
  if self.profile.imgui then self.imgui = require("fake_imgui").new(self) end
  self.script = SCRIPTS
  return self
end

function World:now()
  return self.options.real_time and socket.gettime() or self.clock
end

-- The globals of one script.
function World:sandbox(path)
  local env = { reaper = self.reaper, gfx = self.gfx }
  for _, name in ipairs({ "assert", "error", "getmetatable", "ipairs", "load", "math", "next", "pairs", "pcall", "rawequal", "rawget",
    "rawlen", "rawset", "select", "setmetatable", "string", "table", "tonumber", "tostring", "type", "utf8", "xpcall" }) do
    env[name] = _G[name]
  end
  env.print = function() self.strict:violation("print() from a script") end
  env.debug = { getinfo = debug.getinfo, traceback = debug.traceback }
  env.package = { path = "", cpath = "", loaded = {}, config = package.config }
  if not self.profile.restricted then
    env.io, env.os = self:files()
  end
  env.require = function(name) return self:require(env, name) end
  env._G = env
  setmetatable(env, {
    __index = function(_, name)
      if name == "io" or name == "os" then return nil end
      self.strict:violation("global '" .. tostring(name) .. "' is read", 2)
    end,
    __newindex = function(_, name) self.strict:violation("global '" .. tostring(name) .. "' is written", 2) end,
  })
  self.path = path
  return env
end

-- io and os as scripts may use them: no shell, and never a sample opened as a plain file.
function World:files()
  local function open(path, mode)
    if self.media[path] then self.strict:violation("io.open of a sample: " .. path, 2) end
    self.opened[#self.opened + 1] = path
    if mode and mode:find("[wa]") then self.written[path] = true end
    if self.refuse_files and path:find(self.refuse_files, 1, true) then return nil, path .. ": Permission denied", 13 end
    return io.open(path, mode)
  end
  local function refused(name)
    return function() self.strict:violation(name .. " is refused by reviewers of scripts", 2) end
  end
  local getenv = self.options.getenv or {}
  return { open = open, popen = refused("io.popen"), close = io.close, type = io.type },
    { rename = function(from, to)
        if self.refuse_rename then return nil, "Permission denied", 13 end
        local ok, reason, code = os.rename(from, to)
        if ok then self.written[to] = true end
        if ok and self.on_rename then self.on_rename(to) end
        return ok, reason, code
      end, remove = os.remove, time = os.time, date = os.date, clock = os.clock,
      getenv = function(name) return getenv[name] end, execute = refused("os.execute") }
end

function World:require(env, name)
  local loaded = env.package.loaded
  if loaded[name] ~= nil then return loaded[name] end
  if name == "socket" and self.profile.socket then
    if not has_socket then error("module 'socket' not found", 2) end
    return socket
  end
  for pattern in env.package.path:gmatch("[^;]+") do
    local path = pattern:gsub("%?", (name:gsub("%%", "%%%%")))
    if self.imgui and path == self.imgui.builtin .. "/imgui.lua" then
      loaded[name] = self.imgui.loader
      return loaded[name]
    end
    local file = io.open(path, "rb")
    if file then
      local text = file:read("a")
      file:close()
      local chunk, reason = load(text, "@" .. path, "t", env)
      if not chunk then error(reason, 2) end
      loaded[name] = chunk(name, path) or true
      return loaded[name]
    end
  end
  error(("module '%s' not found in %s"):format(name, env.package.path), 2)
end

-- Starts an action by the name of its file, as REAPER would; errors come back as the second value.
function World:start(name)
  local path = name:find("/", 1, true) and name or (self.script .. "/soundkin_" .. name .. ".lua")
  local file = assert(io.open(path, "rb"), "no script " .. path)
  local text = file:read("a")
  file:close()
  local chunk = assert(load(text, "@" .. path, "t", self:sandbox(path)))
  return xpcall(chunk, debug.traceback)
end

function World:running() return #self.deferred > 0 end

-- One turn of the defer loop; how long the script took is kept in `slowest`.
function World:tick(seconds)
  seconds = seconds or TICK_S
  if self.options.real_time then socket.sleep(0.004) else self.clock = self.clock + seconds end
  self.ticks = self.ticks + 1
  if self.daemon then self.daemon() end
  local turn = self.deferred
  self.deferred = {}
  if self.imgui then self.imgui:frame_begins() end
  local began = os.clock()
  for _, action in ipairs(turn) do action() end
  self.took = os.clock() - began
  self.slowest = math.max(self.slowest, self.took)
  if self.imgui then self.imgui:frame_ends() end
  if #self.deferred == 0 then self:exit() end
end

-- Ticks until `done()` or until the script has ended; false where that took longer than `limit` seconds.
function World:spin(done, limit)
  local stop = self:now() + (limit or 30)
  while self:running() and self:now() < stop do
    if done and done() then return true end
    self:tick()
  end
  return done and done() or not self:running()
end

-- The script's end: what atexit registered runs once.
function World:exit()
  local exits = self.exits
  self.exits, self.deferred = {}, {}
  for _, action in ipairs(exits) do action() end
end

-- Runs an action from start to end.
function World:run(name, limit)
  local ok, reason = self:start(name)
  if not ok then return false, reason end
  if not self:running() then self:exit() end
  if not self:spin(nil, limit) then return false, "the script did not end" end
  return true
end

-- Violations so far, and what must hold now that no script runs.
function World:check()
  if self:running() then
    self.window.closed = true
    if self.imgui then self.imgui.close = true end
    if not self.options.real_time then self:spin(nil, 5) end -- else the script is ended as REAPER ends one
    if self:running() then self:exit() end
  end
  pcall(self.project.check_end, self.project)
  if self.window.open then self.strict.violations[#self.strict.violations + 1] = "the gfx window was left open" end
  return self.strict.violations
end

return M
