-- The API functions about items, takes, sources, undo and inserting, over a fake_project.

return function(project)
  local F = {}

  local function live_source(source)
    if source.destroyed then project.fail("a destroyed source is used") end
    return source
  end

  function F.CountSelectedMediaItems() return #project:selected() end
  function F.GetSelectedMediaItem(_, n) return project:selected()[n + 1] end
  function F.GetActiveTake(item) return item.takes[1] end
  function F.TakeIsMIDI(take) return take.midi == true end
  function F.GetTakeNumStretchMarkers(take) return take.markers end
  function F.GetMediaItemTake_Item(take) return take.item end
  function F.GetMediaItem_Track(item) return item.track end
  function F.GetMediaItemTake_Source(take) return take.source end
  function F.GetMediaSourceType(source) return live_source(source).type end
  function F.GetMediaSourceParent(source) return source.parent end
  function F.GetMediaSourceLength(source)
    local media = source.path and project.media[source.path]
    if media and media.offline then return 0, false end
    return source.length + 0.0, source.type == "MIDI"
  end
  function F.GetMediaSourceFileName(source)
    return source.parent and "" or source.path or ""
  end
  function F.PCM_Source_GetSectionInfo(source)
    local section = source.section
    if not section then return false, 0.0, 0.0, false end
    return true, section.offs + 0.0, section.len + 0.0, section.rev == true
  end
  function F.PCM_Source_CreateFromFile(path)
    if not project.media[path] or project.media[path].unreadable then return nil end
    return project:source(path)
  end
  function F.PCM_Source_Destroy(source)
    if source.destroyed then project.fail("a source is destroyed twice") end
    if source.owner then project.fail("a source that is in use is destroyed") end
    for _, preview in ipairs(project.previews) do
      if preview.source == source and preview.playing then project.fail("a source is destroyed while it is previewed") end
    end
    while source do
      source.destroyed, source.dead, source.owner = true, true, nil
      source = source.parent
    end
  end
  function F.PCM_Source_BuildPeaks(source, mode)
    live_source(source)
    if mode == 0 then
      source.peaks = 3
    elseif mode == 1 then
      if not source.peaks then project.fail("peaks are built that were not begun") end
      source.peaks = source.peaks - 1
    else
      if source.peaks ~= 0 then project.fail("peaks are finished before they are built") end
      project.peaks = project.peaks + 1
      source.peaks = nil
      return 0
    end
    return source.peaks * 33
  end
  function F.SetMediaItemTake_Source(take, source)
    project:touch("SetMediaItemTake_Source")
    live_source(source)
    if source.owner then project.fail("a source is given to two takes") end
    take.source.owner = nil
    take.source, source.owner = source, take
    return true
  end

  local function values(of, writes)
    if writes then
      return function(object, name, value)
        project:touch("Set" .. of .. "_Value")
        if object.values[name] == nil and not name:find("^[BCDIF]_") then return false end
        object.values[name] = value + 0.0
        return true
      end
    end
    return function(object, name) return (object.values[name] or 0) + 0.0 end
  end
  F.GetMediaItemInfo_Value, F.SetMediaItemInfo_Value = values("MediaItemInfo"), values("MediaItemInfo", true)
  F.GetMediaItemTakeInfo_Value, F.SetMediaItemTakeInfo_Value = values("MediaItemTakeInfo"), values("MediaItemTakeInfo", true)
  function F.GetSetMediaItemTakeInfo_String(take, name, text, write)
    if write then
      project:touch("GetSetMediaItemTakeInfo_String")
      take.strings[name] = text ~= "" and text or nil
    end
    return take.strings[name] ~= nil, take.strings[name] or ""
  end
  function F.UpdateItemInProject() end
  function F.UpdateArrange() project.arrange_updates = project.arrange_updates + 1 end
  function F.PreventUIRefresh(count) project.refresh = project.refresh + count end
  function F.Undo_BeginBlock2()
    project.depth = project.depth + 1
    if project.depth == 1 then project.before = project:dump() end
  end
  function F.Undo_EndBlock2(_, name, flags)
    if project.depth == 0 then project.fail("Undo_EndBlock2 without a begin") end
    if flags ~= -1 then project.fail("Undo_EndBlock2 flags are " .. flags) end
    project.depth = project.depth - 1
    if project.depth == 0 then project.undo[#project.undo + 1] = { name = name, before = project.before } end
  end
  function F.ValidatePtr2(_, object, kind) return (object.kind .. "*") == kind and not object.dead end

  function F.GetMediaTrackInfo_Value(track, name)
    for n, other in ipairs(project.tracks) do
      if other == track and name == "IP_TRACKNUMBER" then return n + 0.0 end
    end
    return 0.0
  end
  function F.GetSelectedTrack(_, n)
    for _, track in ipairs(project.tracks) do
      if track.selected then
        if n == 0 then return track end
        n = n - 1
      end
    end
  end
  function F.GetCursorPosition() return project.cursor + 0.0 end
  function F.InsertMedia(path, mode)
    project:touch("InsertMedia")
    if not project.media[path] then return 0 end
    local kind = mode & 3
    if mode & 1024 ~= 0 then
      local track = project:track("rs5k")
      track.fx[1] = { name = "VSTi: ReaSamplOmatic5000 (Cockos)", file = path }
    elseif kind == 3 then
      for _, item in ipairs(project:selected()) do
        project:take(item, project:source(path), { D_STARTOFFS = 0, D_PLAYRATE = 1, D_PITCH = 0, D_VOL = 1 })
      end
    else
      local numbered = mode & 512 ~= 0 and project.tracks[(mode >> 16) + 1]
      local track = kind == 1 and project:track() or numbered or project.touched or project.tracks[1] or project:track()
      project:item(track, { path = path, position = project.cursor, length = project.media[path].length, selected = false })
    end
    return 1
  end
  function F.TrackFX_GetCount(track) return #track.fx end
  function F.TrackFX_GetFXName(track, n) return track.fx[n + 1] ~= nil, track.fx[n + 1] and track.fx[n + 1].name or "" end
  function F.TrackFX_GetNamedConfigParm(track, n, name)
    local fx = track.fx[n + 1]
    if fx and name == "FILE0" and fx.file then return true, fx.file end
    return false, ""
  end
  function F.TrackFX_SetNamedConfigParm(track, n, name, value)
    project:touch("TrackFX_SetNamedConfigParm")
    local fx = track.fx[n + 1]
    if name == "FILE0" then fx.pending = value end
    if name == "DONE" then fx.file, fx.pending = fx.pending, nil end
    return true
  end
  function F.GetSetMediaTrackInfo_String(track, name, text, write)
    track.strings = track.strings or {}
    if write then
      project:touch("GetSetMediaTrackInfo_String")
      track.strings[name] = text ~= "" and text or nil
    end
    return track.strings[name] ~= nil, track.strings[name] or ""
  end
  function F.Undo_CanUndo2()
    return #project.undo > 0 and project.undo[#project.undo].name or ""
  end
  function F.Undo_DoUndo2()
    project.undone = table.remove(project.undo)
    return 1
  end
  function F.TimeMap2_GetDividedBpmAtTime() return project.bpm + 0.0 end
  function F.GetPlayState() return project.play_state end
  function F.GetPlayPosition() return project.cursor + 0.0 end
  return F
end
